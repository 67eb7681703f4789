import { randomBytes } from 'node:crypto'
import { Alarm, type TimerQueue } from '../timer-queue.ts'
import type { HeartbeatLimits } from './limits.ts'
import type { Transport } from './transport.ts'

/** The payload of all pings of heartbeats. No ping of a user has the same by chance. */
export const HEARTBEAT_PAYLOAD: Uint8Array = randomBytes(8)

/** Whose peer a heartbeat watches. */
export interface HeartbeatOwner {
  /** A ping is due. */
  heartbeatOnDue(): void
  /** The peer has shown no sign of life since a ping. Once, and last. */
  heartbeatOnSilence(): void
}

/** The share of the interval by which pings come early, at random, lest connections that opened together all ping together. */
const SPREAD = 0.1
const NEVER = -1
/**
 * Turns of the event loop between the deadline and the verdict. Timers run before sockets are read, so what came while this process
 * was busy is still unread; and where a test has moved the clock, even the ping has yet to go out.
 */
const TURNS_OF_GRACE = 10

/** Pings the peer of one connection, and notices when it is gone. Whatever it sends is a sign of life, not the pong alone. */
export class Heartbeat extends Alarm {
  readonly #owner: HeartbeatOwner
  readonly #transport: Pick<Transport, 'signsOfLife' | 'isReading'>
  readonly #limits: HeartbeatLimits
  readonly #queue: TimerQueue
  #nextPing: number
  /** When the peer is taken for gone: its time runs from the first ping that nothing has come after. */
  #deadline = NEVER
  #signs = 0
  #isStopped = false

  /** Begins at once. */
  constructor(
    owner: HeartbeatOwner,
    transport: Pick<Transport, 'signsOfLife' | 'isReading'>,
    limits: HeartbeatLimits,
    queue: TimerQueue,
  ) {
    super()
    this.#owner = owner
    this.#transport = transport
    this.#limits = limits
    this.#queue = queue
    queue.set(this, this.#untilNextPing())
    this.#nextPing = this.due
  }

  ring(now: number): void {
    if (this.#isPeerAlive()) this.#deadline = NEVER
    if (this.#deadline !== NEVER && now >= this.#deadline) setImmediate(judge, this, TURNS_OF_GRACE)
    else this.#goOn()
  }

  stop(): void {
    this.#isStopped = true
    this.#queue.clear(this)
  }

  /** @param turns how often to look again before the peer is taken for gone */
  judge(turns: number): void {
    if (this.#isStopped) return
    if (this.#isPeerAlive()) {
      this.#deadline = NEVER
      this.#goOn()
    } else if (turns > 0) {
      setImmediate(judge, this, turns - 1)
    } else {
      this.stop()
      this.#owner.heartbeatOnSilence()
    }
  }

  #goOn(): void {
    const { now } = this.#queue
    if (now >= this.#nextPing) {
      this.#owner.heartbeatOnDue()
      if (this.#isStopped) return
      this.#nextPing = now + this.#untilNextPing()
      if (this.#deadline === NEVER) this.#deadline = now + this.#limits.timeout
    }
    const next = this.#deadline === NEVER ? this.#nextPing : Math.min(this.#nextPing, this.#deadline)
    this.#queue.set(this, next - now)
  }

  /** A peer that we do not read cannot show that it is alive: it gets the benefit of the doubt, and TCP the pings to notice by. */
  #isPeerAlive(): boolean {
    const signs = this.#transport.signsOfLife
    const isAlive = signs !== this.#signs || !this.#transport.isReading
    this.#signs = signs
    return isAlive
  }

  #untilNextPing(): number {
    const { interval } = this.#limits
    return interval - Math.floor(Math.random() * interval * SPREAD)
  }
}

function judge(heartbeat: Heartbeat, turns: number): void {
  heartbeat.judge(turns)
}
