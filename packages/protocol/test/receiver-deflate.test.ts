import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  Deflater,
  encodeClosePayload,
  encodeFrame,
  type FrameOptions,
  type InflateResult,
  Inflater,
  Opcode,
  Receiver,
  type ReceiverOptions,
} from '../src/index.ts'
import { RecordingSink } from './support/recording-sink.ts'

const MEBIBYTE = 1_048_576

function setUp(options: Partial<ReceiverOptions> = {}) {
  const sink = new RecordingSink()
  const inflater = new Inflater({ windowBits: 15, contextTakeover: false })
  const settings = { role: 'server', maxMessageSize: MEBIBYTE, maxFragments: 16, inflater, ...options } as const
  return { receiver: new Receiver(settings, sink), sink, told: sink.told }
}

const frame = (opcode: Opcode, payload: string | Uint8Array, options: FrameOptions = {}) =>
  encodeFrame(opcode, payload, { mask: 0x0a0b_0c0d, ...options })

const compress = (data: string | Uint8Array) =>
  deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
const compressed = (opcode: Opcode, data: string | Uint8Array) => frame(opcode, compress(data), { rsv1: true })

/** Large enough, once compressed, for the thread pool. */
const large = () => randomFillSync(Buffer.alloc(60_000)).toString('hex')

/** Waits until the sink has been told so many things. */
function waitFor(sink: RecordingSink, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (sink.told.length >= count ? resolve() : setImmediate(look))
    look()
  })
}

describe('Receiver with an inflater', () => {
  it('tells compressed and plain messages, in order', () => {
    const { receiver, told } = setUp()
    receiver.receive(
      Buffer.concat([
        compressed(Opcode.TEXT, 'grüß'),
        frame(Opcode.TEXT, 'plain'),
        compressed(Opcode.BINARY, 'bytes'),
        compressed(Opcode.TEXT, ''),
        frame(Opcode.TEXT, '', { rsv1: true }),
      ]),
    )
    expect(told).toEqual([
      ['message', 'grüß'],
      ['message', 'plain'],
      ['message', Buffer.from('bytes')],
      ['message', ''],
      ['message', ''],
    ])
  })

  it('inflates fragments, cut anywhere, with control frames between them', () => {
    const payload = compress('one two three '.repeat(20))
    const { receiver, told } = setUp()
    const stream = Buffer.concat([
      frame(Opcode.TEXT, payload.subarray(0, 3), { fin: false, rsv1: true }),
      frame(Opcode.PING, 'p'),
      frame(Opcode.CONTINUATION, '', { fin: false }),
      frame(Opcode.CONTINUATION, payload.subarray(3)),
    ])
    for (const byte of stream) receiver.receive(Buffer.from([byte]))
    expect(told).toEqual([
      ['ping', 'p'],
      ['message', 'one two three '.repeat(20)],
    ])
  })

  it('remembers earlier messages with context takeover', () => {
    const options = { windowBits: 12, contextTakeover: true }
    const deflater = new Deflater(options)
    const { receiver, sink } = setUp({ inflater: new Inflater(options) })
    const messages = Array.from({ length: 50 }, (_, index) => `message number ${index}, much like the one before it`)
    for (const message of messages) {
      deflater.deflate(message, (payload) => {
        receiver.receive(frame(Opcode.TEXT, payload ?? message, { rsv1: payload !== undefined }))
      })
    }
    expect(sink.messages).toEqual(messages)
  })

  it('CP-06 fails corrupt data and text that is not UTF-8 with 1007', () => {
    const corrupt = setUp()
    corrupt.receiver.receive(frame(Opcode.TEXT, 'corrupt', { rsv1: true }))
    expect(corrupt.told).toEqual([['failure', 'ERR_INVALID_DEFLATE', 1007]])
    const invalid = setUp()
    invalid.receiver.receive(compressed(Opcode.TEXT, Buffer.from([0xff])))
    expect(invalid.told).toEqual([['failure', 'ERR_INVALID_UTF8', 1007]])
  })

  it('CP-06 fails the compression bit on a continuation or control frame with 1002', () => {
    for (const opcode of [Opcode.CONTINUATION, Opcode.PING]) {
      const { receiver, told } = setUp()
      receiver.receive(frame(Opcode.TEXT, '', { fin: false }))
      receiver.receive(frame(opcode, '', { rsv1: true }))
      expect(told).toEqual([['failure', 'ERR_MISPLACED_COMPRESSION', 1002]])
    }
  })

  it('MS-07 measures a message after inflation', () => {
    const { receiver, told } = setUp({ maxMessageSize: 100 })
    for (const length of [99, 100, 101]) receiver.receive(compressed(Opcode.BINARY, Buffer.alloc(length)))
    expect(told.slice(2)).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })

  it('MS-07 takes a message of the limit that compression made larger, but no end of it', () => {
    const { receiver, sink, told } = setUp({ maxMessageSize: 1000 })
    receiver.receive(compressed(Opcode.BINARY, randomFillSync(Buffer.alloc(1000))))
    expect(sink.messages).toHaveLength(1)
    receiver.receive(frame(Opcode.BINARY, Buffer.alloc(1190), { rsv1: true }))
    expect(told.slice(1)).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })

  it('CP-02 inflates to less than a message may hold where it is told to', () => {
    const { receiver, told } = setUp({ maxMessageSize: 1000, maxInflatedSize: 100 })
    receiver.receive(frame(Opcode.BINARY, Buffer.alloc(1000)))
    receiver.receive(compressed(Opcode.BINARY, Buffer.alloc(100)))
    receiver.receive(compressed(Opcode.BINARY, Buffer.alloc(101)))
    expect(told.slice(2)).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
    const boundless = setUp({ maxMessageSize: 1000, maxInflatedSize: 5000 })
    boundless.receiver.receive(compressed(Opcode.BINARY, Buffer.alloc(1001)))
    expect(boundless.told).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })

  it('CP-02 fails a bomb, nested in fragments too', async () => {
    const bomb = compress(Buffer.alloc(64 * MEBIBYTE))
    const { receiver, sink, told } = setUp()
    receiver.receive(frame(Opcode.BINARY, bomb.subarray(0, 20_000), { fin: false, rsv1: true }))
    receiver.receive(frame(Opcode.CONTINUATION, bomb.subarray(20_000)))
    await waitFor(sink, 1)
    expect(told).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })
})

describe('Receiver while a large message is being inflated', () => {
  it('holds back what follows, and keeps the order', async () => {
    const { receiver, sink, told } = setUp()
    const first = large()
    const second = large()
    receiver.receive(
      Buffer.concat([
        compressed(Opcode.TEXT, first),
        frame(Opcode.TEXT, 'between'),
        frame(Opcode.PING, 'p'),
        compressed(Opcode.TEXT, second),
      ]),
    )
    receiver.receive(frame(Opcode.CLOSE, encodeClosePayload(1000)))
    expect(told).toEqual([])
    expect(receiver).toMatchObject({ isInflating: true, isMidMessage: false })
    expect(receiver.bufferedBytes).toBeGreaterThan(100_000)
    await waitFor(sink, 5)
    expect(told).toEqual([
      ['message', first],
      ['message', 'between'],
      ['ping', 'p'],
      ['message', second],
      ['close', 1000, ''],
    ])
    expect(receiver).toMatchObject({ isInflating: false, bufferedBytes: 0 })
  })

  it('delivers nothing while paused, and everything on resume', () => {
    const inflated: ((result: InflateResult) => void)[] = []
    const inflater = {
      inflate: (_: Buffer, __: number, done: (result: InflateResult) => void) => void inflated.push(done),
    }
    const { receiver, told } = setUp({ inflater })
    receiver.receive(Buffer.concat([compressed(Opcode.TEXT, 'first'), frame(Opcode.TEXT, 'second')]))
    receiver.pause()
    inflated[0]?.({ ok: true, data: Buffer.from('first') })
    expect(told).toEqual([])
    receiver.resume()
    expect(told).toEqual([
      ['message', 'first'],
      ['message', 'second'],
    ])
  })

  it('CP-05 tells nothing of it once stopped, and the next connection works', async () => {
    const stopped = Array.from({ length: 40 }, () => setUp())
    for (const { receiver } of stopped) {
      receiver.receive(compressed(Opcode.TEXT, large()))
      receiver.stop()
      expect(receiver).toMatchObject({ isInflating: false, bufferedBytes: 0 })
    }
    const next = Array.from({ length: 20 }, () => setUp())
    for (const { receiver } of next) receiver.receive(compressed(Opcode.TEXT, large()))
    await Promise.all(next.map(({ sink }) => waitFor(sink, 1)))
    expect(stopped.flatMap(({ told }) => told)).toEqual([])
    expect(next.every(({ sink }) => sink.messages.length === 1)).toBe(true)
  })
})
