import type { Clock, Timer } from '@sluice/core'
import { type FaultSettings, LARGEST_CHUNK } from './fault-options.ts'
import type { SeededRandom } from './random.ts'

export interface LinkSettings extends Pick<FaultSettings, 'latency' | 'chunkSize' | 'duplicate' | 'corrupt'> {
  /** Bytes a second. */
  readonly rate: number
  readonly random: SeededRandom
  readonly clock: Clock
}

/** One direction of a wire: how long bytes take, how they are cut and what becomes of them. */
export class Link {
  readonly #settings: LinkSettings
  /** Whoever has bytes on it, which is told when some may arrive. */
  #sender: { linkOnFree(): void } | null = null
  #isOpen = false
  #isHeld = false
  #latestArrival = 0
  #freeAt = 0
  #timer: Timer | null = null
  #trap: (() => void) | null = null

  constructor(settings: LinkSettings) {
    this.#settings = settings
  }

  /** What arrives is cut into pieces, each in a turn of the event loop of its own. */
  get isCut(): boolean {
    return this.#settings.chunkSize[0] < LARGEST_CHUNK
  }

  /** Nothing arrives for now, not even the end. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  attach(sender: { linkOnFree(): void }): void {
    this.#sender = sender
  }

  /** The handshake is over: from now on bytes are delayed and damaged. */
  open(): void {
    this.#isOpen = true
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.#sender?.linkOnFree()
  }

  /** Calls back in place of the next delivery. */
  trapNext(trap: () => void): void {
    this.#trap = trap
  }

  /** Whether the next delivery was a trap, which is sprung. */
  springTrap(): boolean {
    const trap = this.#trap
    this.#trap = null
    trap?.()
    return trap !== null
  }

  /** When bytes that are written now arrive. They never overtake others. */
  arrivalOfNext(): number {
    if (!this.#isOpen) return 0
    const { clock, latency, random } = this.#settings
    this.#latestArrival = Math.max(this.#latestArrival, clock.now() + random.within(latency))
    return this.#latestArrival
  }

  /** Whether bytes with this time of arrival may arrive now. If not, the sender is told when they may. */
  isFree(arrival: number): boolean {
    if (this.#isHeld) return false
    const { clock } = this.#settings
    const remaining = Math.max(arrival, this.#freeAt) - clock.now()
    if (remaining <= 0) return true
    this.#timer ??= clock.setTimeout(() => {
      this.#timer = null
      this.#sender?.linkOnFree()
    }, remaining)
    return false
  }

  /** How many bytes may arrive at once. */
  sizeOfNext(): number {
    const { chunkSize, random, rate } = this.#settings
    const size = Math.max(1, random.within(chunkSize))
    return this.#isOpen ? Math.min(size, Math.max(1, Math.ceil(rate * FINEST_STEP))) : size
  }

  /** What a chunk is when it arrives. */
  deliver(chunk: Buffer): Buffer {
    if (!this.#isOpen) return chunk
    const { clock, rate, random, corrupt, duplicate } = this.#settings
    if (rate < Infinity) this.#freeAt = Math.max(this.#freeAt, clock.now()) + (chunk.length / rate) * 1_000
    if (random.happens(corrupt)) flipBit(chunk, Math.floor(random.next() * chunk.length * 8))
    return random.happens(duplicate) ? Buffer.concat([chunk, chunk]) : chunk
  }

  /** Nothing is on it any more. */
  end(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}

/** A slow reader takes what it reads in this part of a second at once. */
const FINEST_STEP = 0.01

function flipBit(bytes: Buffer, position: number): void {
  const index = position >>> 3
  bytes[index] = (bytes[index] as number) ^ (1 << (position & 7))
}
