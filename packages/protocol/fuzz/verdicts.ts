import type { Buffer } from 'node:buffer'
import { type Failure, type FailureCode, failures, Inflater, Receiver, type ReceiverSink } from '../src/index.ts'
import type { StreamSettings } from './frame-streams.ts'
import { PerMessageDeflate, WsReceiver } from './ws-internals.ts'

export const MAX_MESSAGE_SIZE = 300
export const MAX_FRAGMENTS = 4

/** What a receiver made of a stream. */
export interface Verdict {
  /** Messages, pings and pongs in order, each as one line of text. */
  readonly told: string[]
  /** How it ended: a close frame, a failure, or not at all. */
  end: 'open' | 'closed' | 'failed'
  closeCode: number
}

/** Our verdict, and what helps to explain where it differs from another. */
export interface OwnVerdict extends Verdict {
  failure: FailureCode | undefined
  /** The stream ended in the middle of a frame or message. */
  isMidMessage: boolean
}

const inflater = new Inflater({ windowBits: 15, contextTakeover: false })

/** Reads a stream with our receiver. Throws when the receiver breaks a promise. */
export function readOwn(chunks: readonly Buffer[], { role, deflate }: StreamSettings): OwnVerdict {
  const sink = new VerdictSink()
  const options = { role, maxMessageSize: MAX_MESSAGE_SIZE, maxFragments: MAX_FRAGMENTS }
  const receiver = new Receiver(deflate ? { ...options, inflater } : options, sink)
  for (const chunk of chunks) {
    receiver.receive(chunk)
    if (receiver.bufferedBytes > MAX_MESSAGE_SIZE * 2) throw new Error(`${receiver.bufferedBytes} bytes are held`)
  }
  sink.verdict.isMidMessage = receiver.isMidMessage
  return sink.verdict
}

/** Reads a stream with the receiver of `ws`, under the same limits. */
export function readWithWs(stream: Buffer, { role, deflate }: StreamSettings): Promise<Verdict> {
  const verdict: Verdict = { told: [], end: 'open', closeCode: 0 }
  const isServer = role === 'server'
  const codec = new PerMessageDeflate({ isServer, maxPayload: MAX_MESSAGE_SIZE })
  if (deflate) codec.accept([{ server_no_context_takeover: [true], client_no_context_takeover: [true] }])
  const receiver = new WsReceiver({
    isServer,
    maxPayload: MAX_MESSAGE_SIZE,
    maxFragments: MAX_FRAGMENTS,
    extensions: deflate ? { 'permessage-deflate': codec } : {},
  })
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    verdict.told.push(describe(isBinary ? data : data.toString())),
  )
  receiver.on('ping', (data: Buffer) => verdict.told.push(`ping ${data.toString('latin1')}`))
  receiver.on('pong', (data: Buffer) => verdict.told.push(`pong ${data.toString('latin1')}`))
  return new Promise((resolve) => {
    const finish = () => {
      codec.cleanup()
      resolve(verdict)
    }
    receiver.on('conclude', (code: number, reason: Buffer) => {
      verdict.told.push(`close ${code} ${reason.toString()}`)
      verdict.end = 'closed'
    })
    receiver.on('error', (error: object) => {
      verdict.end = 'failed'
      verdict.closeCode = closeCodeOf(error)
      finish()
    })
    receiver.write(stream, finish)
  })
}

class VerdictSink implements ReceiverSink {
  readonly verdict: OwnVerdict = { told: [], end: 'open', closeCode: 0, failure: undefined, isMidMessage: false }

  receiverOnMessage(data: string | Buffer): void {
    if (data.length > MAX_MESSAGE_SIZE) throw new Error(`A message of ${data.length} was delivered`)
    this.#tell(describe(data))
  }
  receiverOnPing(payload: Buffer): void {
    this.#tell(`ping ${payload.toString('latin1')}`)
  }
  receiverOnPong(payload: Buffer): void {
    this.#tell(`pong ${payload.toString('latin1')}`)
  }
  receiverOnClose(code: number, reason: string): void {
    this.#tell(`close ${code} ${reason}`)
    this.verdict.end = 'closed'
  }
  receiverOnFailure(failure: Failure): void {
    if (failures[failure.code] !== failure) throw new Error('An unknown failure was told')
    if (this.verdict.end !== 'open') throw new Error('A failure was told after the end')
    this.verdict.end = 'failed'
    this.verdict.failure = failure.code
    this.verdict.closeCode = failure.closeCode
  }

  #tell(line: string): void {
    if (this.verdict.end !== 'open') throw new Error(`'${line}' was told after the end`)
    this.verdict.told.push(line)
  }
}

function describe(data: string | Buffer): string {
  return typeof data === 'string' ? `text ${data}` : `binary ${data.toString('latin1')}`
}

/** ws keeps the close code of an error under a symbol. */
function closeCodeOf(error: object): number {
  const [key] = Object.getOwnPropertySymbols(error).filter((symbol) => symbol.description === 'status-code')
  return key === undefined ? 0 : ((error as Record<symbol, number>)[key] ?? 0)
}
