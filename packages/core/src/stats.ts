import { type MessageCount, Traffic } from './connection/traffic.ts'
import type { CloseEvent, CloseInitiator } from './connection/transport.ts'
import type { Denial } from './security/denial.ts'
import type { DenialStage } from './security/stage.ts'

/** Text and binary messages, counted apart. */
export interface KindCounts {
  readonly text: Readonly<MessageCount>
  readonly binary: Readonly<MessageCount>
}

/** What has happened on one route since the server was made. All but `open` only ever rise. */
export interface RouteStats {
  /** Connections that are open now. */
  readonly open: number
  /** Connections that were opened. */
  readonly accepted: number
  /** Handshakes that were denied. */
  readonly denied: number
  /** Connections that were open and have ended. */
  readonly closed: number
  /** Errors that handlers and callbacks threw and that no peer saw. */
  readonly handlerErrors: number
  /** Handshakes that were answered by a 101 or a denial, and how long all of them took together. */
  readonly handshakes: { readonly answered: number; readonly milliseconds: number }
  /** Denials by stage and status: of handshakes, and of tokens that came as messages. */
  readonly denials: Readonly<Partial<Record<DenialStage, Readonly<Record<number, number>>>>>
  /** Ends by who began them and close code. */
  readonly closes: Readonly<Partial<Record<CloseInitiator, Readonly<Record<number, number>>>>>
  /** Messages that reached their connection, and the bytes of their payloads. */
  readonly received: KindCounts
  /** Messages that `limits.messageRate` kept from their handler. With `'throttle'` there are none. */
  readonly rateLimited: Readonly<MessageCount>
  /** Messages that were handed to the wire. */
  readonly sent: KindCounts
  /** Messages that were not sent, because too much was queued. */
  readonly dropped: Readonly<MessageCount>
  /** Messages that were not sent, because a later one with the same key took their place. */
  readonly conflated: Readonly<MessageCount>
  /** Connections that were closed because their peers did not read. */
  readonly slowConsumers: number
}

/** Counters since the server was made, and how many connections are open now: of all routes together, and of each. */
export interface SluiceStats extends RouteStats {
  /** Bytes that are held for peers that do not keep up. */
  readonly bufferedAmount: number
  /** By path template. */
  readonly routes: Readonly<Record<string, RouteStats>>
}

/** The counters of one route, raised as things happen. */
export class RouteCounters extends Traffic implements RouteStats {
  open = 0
  accepted = 0
  denied = 0
  closed = 0
  handlerErrors = 0
  readonly handshakes = { answered: 0, milliseconds: 0 }
  readonly denials: Partial<Record<DenialStage, Record<number, number>>> = {}
  readonly closes: Partial<Record<CloseInitiator, Record<number, number>>> = {}

  handshakeAnswered(milliseconds: number): void {
    this.handshakes.answered++
    this.handshakes.milliseconds += milliseconds
  }

  handshakeDenied(stage: DenialStage, denial: Denial): void {
    this.denied++
    this.credentialsDenied(stage, denial)
  }

  credentialsDenied(stage: DenialStage, { status }: Denial): void {
    raise(this.denials, stage, status)
  }

  opened(): void {
    this.open++
    this.accepted++
  }

  ended({ initiator, code }: CloseEvent): void {
    this.open--
    this.closed++
    raise(this.closes, initiator, code)
  }
}

/** The stats of servers, summed. */
export function sumStats(servers: Iterable<SluiceStats>): SluiceStats {
  const sum = { ...new RouteCounters(), bufferedAmount: 0, routes: {} }
  for (const stats of servers) add(sum, stats)
  return sum
}

/** The stats of one server from the counters of its routes. */
export function statsOf(counters: ReadonlyMap<string, RouteCounters>, bufferedAmount: number): SluiceStats {
  const sum = { ...new RouteCounters(), bufferedAmount, routes: {} }
  for (const counted of counters.values()) add(sum, counted)
  add(sum.routes, Object.fromEntries(counters))
  return sum
}

function raise<Name extends string>(
  table: Partial<Record<Name, Record<number, number>>>,
  name: Name,
  key: number,
): void {
  const row: Record<number, number> = table[name] ?? {}
  table[name] = row
  row[key] = (row[key] ?? 0) + 1
}

interface Counts {
  [name: string]: number | Counts
}

/** Adds every number to the one of the same name. */
function add(sum: object, counted: object): void {
  const into = sum as Counts
  for (const [name, value] of Object.entries(counted) as [string, number | Counts][]) {
    const known = Object.hasOwn(into, name) ? into[name] : undefined
    if (typeof value === 'number') {
      into[name] = ((known as number | undefined) ?? 0) + value
    } else {
      const nested = (known as Counts | undefined) ?? {}
      into[name] = nested
      add(nested, value)
    }
  }
}
