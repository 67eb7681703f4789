import type { CloseEvent, TransportListener } from '../../../src/connection/transport.ts'

/** Writes down what a transport tells, and lets a test wait for it. */
export class RecordingListener implements TransportListener {
  readonly messages: (string | Buffer)[] = []
  readonly pongs: string[] = []
  readonly closings: { readonly code: number; readonly reason: string }[] = []
  readonly ends: CloseEvent[] = []
  drains = 0
  pendings = 0
  onMessage: (data: string | Buffer) => void = () => {}
  onDrain: () => void = () => {}
  onClosing: () => void = () => {}
  readonly #waiting = new Set<() => void>()

  /** Resolves once the condition holds. It is looked at whenever the transport has told something. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      await promise
      this.#waiting.delete(resolve)
    }
  }

  async nextMessages(count: number): Promise<readonly (string | Buffer)[]> {
    await this.until(() => this.messages.length >= count)
    return this.messages.slice()
  }

  /** How the connection ended. */
  async end(): Promise<CloseEvent> {
    await this.until(() => this.ends.length > 0)
    return this.ends[0] as CloseEvent
  }

  transportOnMessage(data: string | Buffer): void {
    this.messages.push(data)
    this.onMessage(data)
    this.#changed()
  }

  transportOnPong(payload: Buffer): void {
    this.pongs.push(payload.toString())
    this.#changed()
  }

  transportOnPending(): void {
    this.pendings++
    this.#changed()
  }

  transportOnDrain(): void {
    this.drains++
    this.onDrain()
    this.#changed()
  }

  transportOnClosing(code: number, reason: string): void {
    this.closings.push({ code, reason })
    this.onClosing()
    this.#changed()
  }

  transportOnEnd(event: CloseEvent): void {
    this.ends.push(event)
    this.#changed()
  }

  #changed(): void {
    for (const wake of this.#waiting) wake()
  }
}
