import type { Duplex } from 'node:stream'

/** Who is told of what happens to a stream. No method throws. */
export interface StreamListener {
  streamOnData(chunk: Buffer): void
  /** The peer has ended its half. */
  streamOnEnd(): void
  /** The stream is gone, whatever the cause. */
  streamOnClose(): void
}

/** The listeners are shared by all streams: closures for each would be most of the memory of an idle connection. */
const kListener = Symbol('sluice.streamListener')
type ListenedStream = Duplex & { [kListener]?: StreamListener }

/** Tells the listener of the end of the stream. Nothing is read before `readFrom`. */
export function listenTo(stream: Duplex, listener: StreamListener): void {
  ;(stream as ListenedStream)[kListener] = listener
  stream.on('error', streamOnError)
  stream.on('end', streamOnEnd)
  stream.on('close', streamOnClose)
}

/** Tells the listener of what arrives, from a later turn on. */
export function readFrom(stream: Duplex): void {
  stream.on('data', streamOnData)
}

function streamOnData(this: ListenedStream, chunk: Buffer): void {
  this[kListener]?.streamOnData(chunk)
}

function streamOnEnd(this: ListenedStream): void {
  this[kListener]?.streamOnEnd()
}

function streamOnClose(this: ListenedStream): void {
  this[kListener]?.streamOnClose()
}

function streamOnError(this: ListenedStream): void {
  this.destroy()
}
