import { EventEmitter, once } from 'node:events'
import type { CloseEvent, TransportListener } from '@sluice/core/ports'

/** Keeps what a transport tells. */
export class TransportWatch implements TransportListener {
  readonly messages: (string | Buffer)[] = []
  readonly pongs: string[] = []
  readonly ends: CloseEvent[] = []
  onMessage: () => void = () => {}
  readonly #changes = new EventEmitter()

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#changes, 'change')
  }

  async end(): Promise<CloseEvent> {
    await this.until(() => this.ends.length > 0)
    return this.ends[0] as CloseEvent
  }

  transportOnMessage(data: string | Buffer): void {
    this.messages.push(typeof data === 'string' ? data : Buffer.from(data))
    this.onMessage()
    this.#changes.emit('change')
  }

  transportOnPong(payload: Buffer): void {
    this.pongs.push(payload.toString())
    this.#changes.emit('change')
  }

  transportOnEnd(event: CloseEvent): void {
    this.ends.push(event)
    this.#changes.emit('change')
  }

  transportOnPending(): void {}
  transportOnDrain(): void {}
  transportOnClosing(): void {}
}
