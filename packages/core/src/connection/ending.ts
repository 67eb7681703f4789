import { WebSocketDisconnect } from '../errors.ts'
import type { CloseEvent } from './transport.ts'

/**
 * The end of one connection, as its handler learns of it: by what receives and sends throw, by a signal, and by a promise. Each is
 * made when it is first asked for: most connections end without anyone asking.
 */
export class Ending {
  /** What the transport cannot know of the end. */
  cause: Partial<CloseEvent> | null = null
  #began: { readonly code: number; readonly reason: string } | null = null
  #event: CloseEvent | null = null
  #disconnect: WebSocketDisconnect | null = null
  #shutdown: WebSocketDisconnect | null = null
  #abort: AbortController | null = null
  #closed: PromiseWithResolvers<CloseEvent> | null = null

  get hasBegun(): boolean {
    return this.#began !== null
  }

  /** How it ended, once it has. */
  get event(): CloseEvent | null {
    return this.#event
  }

  /** What receives and sends throw once the end has begun. */
  get disconnect(): WebSocketDisconnect | null {
    if (this.#began === null) return null
    this.#disconnect ??= new WebSocketDisconnect(this.#began.code, this.#began.reason)
    return this.#disconnect
  }

  /** That the server goes away, once that is so: the connection may still be open. */
  get shutdown(): WebSocketDisconnect | null {
    return this.#shutdown
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    this.abort()
    return this.#abort.signal
  }

  get closed(): Promise<CloseEvent> {
    this.#closed ??= Promise.withResolvers<CloseEvent>()
    if (this.#event !== null) this.#closed.resolve(this.#event)
    return this.#closed.promise
  }

  /** Whether somebody has asked for `closed`. */
  get isAwaited(): boolean {
    return this.#closed !== null
  }

  announceShutdown(code: number): void {
    this.cause = SHUTDOWN
    this.#shutdown = new WebSocketDisconnect(code, 'Server shutdown')
    this.abort()
  }

  begin(code: number, reason: string): void {
    this.#began = { code, reason }
  }

  /** Has the signal say what there is to say. */
  abort(): void {
    if (this.#abort === null || this.#abort.signal.aborted) return
    const reason = this.#shutdown ?? this.disconnect
    if (reason !== null) this.#abort.abort(reason)
  }

  /** @returns how it ended, all told */
  finish(event: CloseEvent): CloseEvent {
    this.#event = event.initiator === 'client' ? event : { ...event, ...this.cause }
    this.#closed?.resolve(this.#event)
    return this.#event
  }
}

const SHUTDOWN: Partial<CloseEvent> = { initiator: 'shutdown' }
