import type { EventEmitter } from 'node:events'
import * as ws from 'ws'

/** Parts of `ws` that serve as the other side in tests. Exported, but not declared in its types. */
interface WsInternals {
  readonly PerMessageDeflate: new (options: object) => WsDeflate
  readonly Receiver: new (options: object) => WsReceiver
}

export interface WsDeflate {
  accept(configurations: readonly object[]): object
  offer(): object
  compress(data: Buffer, fin: boolean, callback: (error: Error | null, output: Buffer) => void): void
  decompress(data: Buffer, fin: boolean, callback: (error: Error | null, output: Buffer) => void): void
  cleanup(): void
}

export interface WsReceiver extends EventEmitter {
  write(chunk: Buffer, onWritten: () => void): boolean
}

export const { PerMessageDeflate, Receiver: WsReceiver } = ws as unknown as WsInternals
