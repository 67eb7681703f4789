import type { Clock } from '@sluice/core'
import type { FaultSettings } from './fault-options.ts'
import { Link } from './link.ts'
import { SeededRandom } from './random.ts'

/** What happens to a connection in memory while a test runs. */
export interface TestNetwork {
  /** The client reads no more: bytes of the server pile up, 1 MiB of them on the way as in an operating system, then at the server. */
  stall(): void
  /** Nothing arrives any more on either side, no byte and no end: what a cut cable or a crashed machine leaves is half a connection. */
  silence(): void
  /** Ends `stall` and `silence`: what was on the way arrives. */
  restore(): void
  /** Each side sees the connection reset by the other (ECONNRESET). What was on the way is lost. */
  reset(): void
}

/** A network between two ends in memory, with its faults. */
export class Network implements TestNetwork {
  readonly toServer: Link
  readonly toClient: Link
  #onReset: () => void = () => {}

  constructor({ seed, latency, chunkSize, corrupt, duplicate, readRate, resetAtUpgrade }: FaultSettings, clock: Clock) {
    const shared = { latency, chunkSize, random: new SeededRandom(seed), clock }
    this.toServer = new Link({ ...shared, corrupt, duplicate, rate: Infinity })
    this.toClient = new Link({ ...shared, corrupt: 0, duplicate: 0, rate: readRate })
    if (resetAtUpgrade) this.toClient.trapNext(() => this.reset())
  }

  /** The handshake is over. */
  open(): void {
    this.toServer.open()
    this.toClient.open()
  }

  onReset(callback: () => void): void {
    this.#onReset = callback
  }

  stall(): void {
    this.toClient.hold()
  }

  silence(): void {
    this.toClient.hold()
    this.toServer.hold()
  }

  restore(): void {
    this.toServer.release()
    this.toClient.release()
  }

  reset(): void {
    this.#onReset()
    this.restore()
  }
}
