import { Peer, type PeerOptions } from './peer.ts'
import { Random } from './random.ts'
import type { ServerProcess } from './server/process.ts'

export interface TrialOptions {
  readonly seed: number
  /** In reduced sizes. */
  readonly isShort: boolean
}

/** How many handshakes are under way at once. */
const CONCURRENCY = 64
/** Spread over these, any number of connections finds a port. */
const ADDRESSES = 8
/** Characters that are shown of a value. */
const MAX_SHOWN = 200

/** One run of a scenario: its server, its chance, what was measured and which invariants broke. */
export class Trial {
  readonly server: ServerProcess
  readonly random: Random
  readonly isShort: boolean
  readonly figures: string[] = []
  readonly broken: string[] = []
  readonly #peers = new Set<Peer>()

  constructor(server: ServerProcess, { seed, isShort }: TrialOptions) {
    this.server = server
    this.random = new Random(seed)
    this.isShort = isShort
  }

  /** One of two sizes. */
  size(full: number, short: number): number {
    return this.isShort ? short : full
  }

  /** @throws Denied */
  async open(options: PeerOptions): Promise<Peer> {
    const peer = await Peer.open(this.server.port, options)
    this.#peers.add(peer)
    void peer.ended.then(() => this.#peers.delete(peer))
    return peer
  }

  /** Opens peers from several addresses; they come in order. @throws Denied */
  async openMany(count: number, optionsOf: (index: number) => PeerOptions): Promise<Peer[]> {
    const peers: Peer[] = new Array(count)
    await this.times(count, async (index) => {
      peers[index] = await this.open({ from: addressOf(index), ...optionsOf(index) })
    })
    return peers
  }

  /** Does something so many times, some of them at once. */
  async times(count: number, job: (index: number) => Promise<void>): Promise<void> {
    let next = 0
    const work = async () => {
      while (next < count) await job(next++)
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, work))
  }

  /** Cuts every connection that is left. */
  leave(): void {
    for (const peer of this.#peers) peer.destroy()
  }

  figure(text: string): void {
    this.figures.push(text)
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value))
    if (found !== wanted) this.broken.push(`${what}: ${cut(found)}, not ${cut(wanted)}`)
  }

  /** An invariant that is a figure too. */
  atMost(what: string, actual: number, bound: number, unit = ''): void {
    const text = `${what} ${format(actual)} of at most ${format(bound)}${unit}`
    this.figures.push(text)
    // Not `>`: what is not a number is not within a bound.
    if (!(actual <= bound)) this.broken.push(text)
  }
}

/** The address that one of many peers comes from. */
export function addressOf(index: number): string {
  return `127.0.0.${1 + (index % ADDRESSES)}`
}

function cut(text = 'undefined'): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
