import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeClosePayload,
  encodeFrame,
  encodeFrameHeader,
  type FrameOptions,
  Opcode,
  Receiver,
  type ReceiverOptions,
} from '../src/index.ts'
import { RecordingSink } from './support/recording-sink.ts'

function setUp(options: Partial<ReceiverOptions> = {}) {
  const sink = new RecordingSink()
  const receiver = new Receiver({ role: 'server', maxMessageSize: 1000, maxFragments: 16, ...options }, sink)
  return { receiver, sink, told: sink.told }
}

const frame = (opcode: Opcode, payload: string | Uint8Array, options: FrameOptions = {}) =>
  encodeFrame(opcode, payload, { mask: 0x12fe_56ba, ...options })

const text = (payload: string | Uint8Array, options?: FrameOptions) => frame(Opcode.TEXT, payload, options)
const binary = (payload: string | Uint8Array, options?: FrameOptions) => frame(Opcode.BINARY, payload, options)
const continuation = (payload: string | Uint8Array, options?: FrameOptions) =>
  frame(Opcode.CONTINUATION, payload, options)
const ping = (payload = '') => frame(Opcode.PING, payload)
const close = (code?: number, reason?: string) => frame(Opcode.CLOSE, encodeClosePayload(code, reason))
const more = { fin: false }

describe('Receiver', () => {
  it('tells text as strings and binary as buffers', () => {
    const { receiver, told } = setUp()
    receiver.receive(Buffer.concat([text('plain'), text('grüß 😀'), text(''), binary('bytes'), binary('')]))
    expect(told).toEqual([
      ['message', 'plain'],
      ['message', 'grüß 😀'],
      ['message', ''],
      ['message', Buffer.from('bytes')],
      ['message', Buffer.alloc(0)],
    ])
  })

  it('keeps a byte order mark', () => {
    const { receiver, told } = setUp()
    receiver.receive(Buffer.concat([text('\ufeffx'), text('\ufeff', more), continuation('y')]))
    expect(told).toEqual([
      ['message', '\ufeffx'],
      ['message', '\ufeffy'],
    ])
  })

  it('reads unmasked frames as a client', () => {
    const { receiver, told } = setUp({ role: 'client' })
    receiver.receive(Buffer.concat([encodeFrame(Opcode.TEXT, 'ascii'), encodeFrame(Opcode.TEXT, 'ü')]))
    expect(told).toEqual([
      ['message', 'ascii'],
      ['message', 'ü'],
    ])
  })

  it('joins fragments, with control frames between them', () => {
    const { receiver, told } = setUp()
    receiver.receive(
      Buffer.concat([text('one ', more), ping('now'), continuation('two ', more), continuation('three')]),
    )
    expect(told).toEqual([
      ['ping', 'now'],
      ['message', 'one two three'],
    ])
  })

  it('tells pings and pongs', () => {
    const { receiver, told } = setUp()
    receiver.receive(Buffer.concat([ping(), ping('p'.repeat(125)), frame(Opcode.PONG, 'answer')]))
    expect(told).toEqual([
      ['ping', ''],
      ['ping', 'p'.repeat(125)],
      ['pong', 'answer'],
    ])
  })

  it('PR-12 tells the close code and reason, or 1005', () => {
    const { receiver, told } = setUp()
    receiver.receive(close(4001, 'grund'))
    expect(told).toEqual([['close', 4001, 'grund']])
    const other = setUp()
    other.receiver.receive(close())
    expect(other.told).toEqual([['close', 1005, '']])
  })

  it('PR-13 tells nothing after a close frame', () => {
    const { receiver, told } = setUp()
    receiver.receive(Buffer.concat([close(1000), text('late'), close(1001)]))
    receiver.receive(text('later'))
    expect(told).toEqual([['close', 1000, '']])
    expect(receiver.bufferedBytes).toBe(0)
  })

  it('PR-14 tells a close inside a fragmented message once, and lets the message go', () => {
    const { receiver, told } = setUp()
    receiver.receive(Buffer.concat([text('half', more), close(1001)]))
    expect(told).toEqual([['close', 1001, '']])
    expect(receiver).toMatchObject({ bufferedBytes: 0, isMidMessage: false })
  })

  it('copies a small binary message and views a large one', () => {
    const { receiver, sink } = setUp()
    const small = Buffer.from(new Uint8Array(Buffer.concat([binary('small'), text('x'.repeat(500))])).buffer)
    receiver.receive(small)
    expect((sink.messages[0] as Buffer).buffer).not.toBe(small.buffer)
    const large = Buffer.from(new Uint8Array(binary('large'.repeat(100))).buffer)
    receiver.receive(large)
    expect((sink.messages[2] as Buffer).buffer).toBe(large.buffer)
  })
})

describe('Receiver, however the stream is cut', () => {
  const stream = Buffer.concat([
    text('ascii'),
    text('grüß 😀 '.repeat(40)),
    ping('in between'),
    binary('b'.repeat(300), more),
    ping('p'.repeat(125)),
    continuation('', more),
    continuation('c'.repeat(200)),
    text('😀'.slice(0, 2), more),
    continuation('x'),
    text(''),
    close(3000, 'ende'),
  ])

  function read(chunks: readonly Buffer[]) {
    const { receiver, told } = setUp()
    for (const chunk of chunks) receiver.receive(Buffer.from(chunk))
    return told
  }

  const whole = read([stream])

  it('PR-17 reads one byte at a time', () => {
    expect(whole).toHaveLength(8)
    expect(read(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(whole)
  })

  it('reads any two parts', () => {
    for (let at = 1; at < stream.length; at++)
      expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole)
  })

  it('reads empty chunks', () => {
    expect(read([Buffer.alloc(0), stream.subarray(0, 3), Buffer.alloc(0), stream.subarray(3)])).toEqual(whole)
  })

  it('tells every message, fragmented and cut at random', () => {
    const message = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array())
    const cuts = fc.array(fc.nat(400), { maxLength: 8 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, cuts), { maxLength: 8 }),
        cuts,
        fc.boolean(),
        (messages, chunkCuts, isServer) => {
          const mask = isServer
          const frames = messages.flatMap(([data, at]) => {
            const opcode = typeof data === 'string' ? Opcode.TEXT : Opcode.BINARY
            const parts = cutAt(Buffer.from(data as string), at)
            return parts.map((part, index) =>
              encodeFrame(index === 0 ? opcode : Opcode.CONTINUATION, part, { fin: index === parts.length - 1, mask }),
            )
          })
          const { receiver, sink, told } = setUp({ role: isServer ? 'server' : 'client' })
          for (const chunk of cutAt(Buffer.concat(frames), chunkCuts)) receiver.receive(Buffer.from(chunk))
          expect(sink.messages).toEqual(
            messages.map(([data]) => (typeof data === 'string' ? Buffer.from(data).toString() : Buffer.from(data))),
          )
          expect(told).toHaveLength(messages.length)
          expect(receiver).toMatchObject({ bufferedBytes: 0, isMidMessage: false, finishedCount: messages.length })
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('Receiver on broken streams', () => {
  it.each<[string, Buffer, string, number]>([
    ['PR-03 an unmasked frame', encodeFrame(Opcode.TEXT, 'x'), 'ERR_MASK_REQUIRED', 1002],
    ['PR-04 a reserved bit', Buffer.from([0xa1, 0x80, 0, 0, 0, 0]), 'ERR_RESERVED_BITS', 1002],
    ['CP-06 a compressed message without negotiation', text('x', { rsv1: true }), 'ERR_RESERVED_BITS', 1002],
    ['PR-04 an unknown opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 'ERR_UNKNOWN_OPCODE', 1002],
    ['PR-04 a continuation of nothing', continuation('x'), 'ERR_UNEXPECTED_CONTINUATION', 1002],
    ['PR-04 a message in a message', Buffer.concat([text('', more), text('x')]), 'ERR_EXPECTED_CONTINUATION', 1002],
    ['PR-04 a fragmented ping', frame(Opcode.PING, '', more), 'ERR_FRAGMENTED_CONTROL', 1002],
    ['PR-04 a long ping', frame(Opcode.PING, 'x'.repeat(126)), 'ERR_CONTROL_TOO_LONG', 1002],
    ['PR-12 a close frame of one byte', frame(Opcode.CLOSE, 'x'), 'ERR_CLOSE_PAYLOAD_TOO_SHORT', 1002],
    ['PR-12 close code 1005', frame(Opcode.CLOSE, Buffer.from([0x03, 0xed])), 'ERR_INVALID_CLOSE_CODE', 1002],
    ['PR-12 a reason that is not UTF-8', frame(Opcode.CLOSE, Buffer.from([3, 232, 255])), 'ERR_INVALID_UTF8', 1007],
    ['PR-02 an overlong character', text(Buffer.from([0xc0, 0xaf])), 'ERR_INVALID_UTF8', 1007],
    ['PR-02 a surrogate', text(Buffer.from([0xed, 0xa0, 0x80])), 'ERR_INVALID_UTF8', 1007],
    ['PR-02 a character beyond U+10FFFF', text(Buffer.from([0xf4, 0x90, 0x80, 0x80])), 'ERR_INVALID_UTF8', 1007],
    ['PR-02 a character cut at the end', text(Buffer.from([0x61, 0xe2, 0x82])), 'ERR_INVALID_UTF8', 1007],
    ['PR-02 a large text', text(Buffer.alloc(500, 0xfe)), 'ERR_INVALID_UTF8', 1007],
  ])('fails %s', (_, stream, code, closeCode) => {
    for (const chunks of [[stream], Array.from(stream, (byte) => Buffer.from([byte]))]) {
      const { receiver, told } = setUp()
      for (const chunk of chunks) receiver.receive(Buffer.from(chunk))
      receiver.receive(text('after'))
      expect(told).toEqual([['failure', code, closeCode]])
      expect(receiver).toMatchObject({ bufferedBytes: 0, isMidMessage: false })
    }
  })

  it('PR-03 fails a masked frame from a server', () => {
    const { receiver, told } = setUp({ role: 'client' })
    receiver.receive(text('x'))
    expect(told).toEqual([['failure', 'ERR_MASK_FORBIDDEN', 1002]])
  })

  it('PR-02 fails text at the first impossible byte, before its fragment is whole', () => {
    const { receiver, told } = setUp()
    const stream = text(Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62]))
    receiver.receive(stream.subarray(0, stream.length - 3))
    expect(told).toEqual([])
    receiver.receive(stream.subarray(stream.length - 3, stream.length - 2))
    expect(told).toEqual([['failure', 'ERR_INVALID_UTF8', 1007]])
  })

  it('PR-02 accepts a character cut between fragments, and fails one that the last fragment leaves open', () => {
    const euro = Buffer.from('€')
    const { receiver, told } = setUp()
    receiver.receive(Buffer.concat([text(euro.subarray(0, 1), more), continuation(euro.subarray(1))]))
    receiver.receive(Buffer.concat([text(euro.subarray(0, 1), more), continuation(euro.subarray(1, 2))]))
    expect(told).toEqual([
      ['message', '€'],
      ['failure', 'ERR_INVALID_UTF8', 1007],
    ])
  })
})

describe('Receiver limits', () => {
  it('MS-07 accepts a message of the limit and fails one byte more', () => {
    const { receiver, told } = setUp({ maxMessageSize: 100 })
    receiver.receive(Buffer.concat([text('x'.repeat(99)), text('x'.repeat(100)), text('x'.repeat(101))]))
    expect(told.slice(2)).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })

  it('MS-07 counts all fragments', () => {
    const { receiver, told } = setUp({ maxMessageSize: 100 })
    receiver.receive(Buffer.concat([text('x'.repeat(60), more), continuation('x'.repeat(40))]))
    receiver.receive(Buffer.concat([text('x'.repeat(60), more), continuation('x'.repeat(41))]))
    expect(told.slice(1)).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })

  it.each([2 ** 31, 2 ** 32, 2 ** 53, 2 ** 62])('MS-07 fails a header that claims %i bytes', (length) => {
    const { receiver, told } = setUp()
    receiver.receive(encodeFrameHeader(Opcode.BINARY, length, { mask: 1 }))
    expect(told).toEqual([['failure', 'ERR_MESSAGE_TOO_BIG', 1009]])
  })

  it('PR-04 fails a 64-bit length with its highest bit set', () => {
    const { receiver, told } = setUp()
    receiver.receive(Buffer.from('82ffffffffffffffffff00000000', 'hex'))
    expect(told).toEqual([['failure', 'ERR_LENGTH_OUT_OF_RANGE', 1002]])
  })

  it('PR-05 fails one fragment too many', () => {
    const { receiver, told } = setUp({ maxFragments: 4 })
    const four = [text('1', more), continuation('2', more), continuation('3', more), continuation('4')]
    receiver.receive(Buffer.concat(four))
    receiver.receive(Buffer.concat([...four.slice(0, 3), continuation('4', more), continuation('5')]))
    expect(told).toEqual([
      ['message', '1234'],
      ['failure', 'ERR_TOO_MANY_FRAGMENTS', 1008],
    ])
  })

  it('PR-05 holds tiny fragments without the chunks they came in', () => {
    const { receiver } = setUp({ maxFragments: 20_000, maxMessageSize: 100_000 })
    receiver.receive(text('x', more))
    for (let count = 1; count < 16_381; count++) receiver.receive(continuation('x', more))
    expect(receiver.bufferedBytes).toBe(16_381)
  })

  it('PR-06 counts empty fragments', () => {
    const { receiver, told } = setUp({ maxFragments: 4 })
    receiver.receive(text('', more))
    for (let count = 0; count < 4; count++) receiver.receive(continuation('', more))
    expect(told).toEqual([['failure', 'ERR_TOO_MANY_FRAGMENTS', 1008]])
  })

  it('PR-07 counts anew for each message', () => {
    const { receiver, told } = setUp({ maxFragments: 4 })
    const message = Buffer.concat([text('a', more), continuation('b')])
    for (let count = 0; count < 100; count++) receiver.receive(Buffer.from(message))
    expect(told).toHaveLength(100)
    expect(told.every(([kind]) => kind === 'message')).toBe(true)
  })
})

describe('Receiver pause and resume', () => {
  it('stops inside a chunk and goes on where it stopped', () => {
    const { receiver, sink } = setUp()
    sink.onMessage = (data) => {
      if (data === 'two') receiver.pause()
    }
    receiver.receive(Buffer.concat([text('one'), text('two'), text('three'), text('four')]))
    expect(sink.messages).toEqual(['one', 'two'])
    receiver.resume()
    expect(sink.messages).toEqual(['one', 'two', 'three', 'four'])
  })

  it('keeps what arrives meanwhile, in order, and counts it', () => {
    const { receiver, sink } = setUp()
    receiver.pause()
    receiver.receive(text('one'))
    receiver.receive(text('two').subarray(0, 5))
    expect(sink.messages).toEqual([])
    expect(receiver.bufferedBytes).toBe(text('one').length + 5)
    receiver.receive(text('two').subarray(5))
    receiver.resume()
    expect(sink.messages).toEqual(['one', 'two'])
    expect(receiver.bufferedBytes).toBe(0)
  })

  it('may be paused by each message and resumed by the next turn', () => {
    const { receiver, sink } = setUp()
    sink.onMessage = () => receiver.pause()
    receiver.receive(Buffer.concat(['1', '2', '3'].map((data) => text(data))))
    for (let count = 1; count <= 3; count++) {
      expect(sink.messages).toHaveLength(count)
      receiver.resume()
    }
  })

  it('MS-20 keeps the order when the sink resumes, or feeds more, in the middle of a message', () => {
    const { receiver, sink } = setUp()
    sink.onMessage = (data) => {
      receiver.pause()
      if (data === 'one') receiver.receive(text('three'))
      receiver.resume()
    }
    receiver.receive(Buffer.concat([text('one'), text('two')]))
    expect(sink.messages).toEqual(['one', 'two', 'three'])
  })

  it('MS-20 survives a sink that throws', () => {
    const { receiver, sink } = setUp()
    sink.onMessage = (data) => {
      if (data === 'one') throw new Error('sink')
    }
    expect(() => receiver.receive(Buffer.concat([text('one'), text('two')]))).toThrow('sink')
    receiver.receive(text('three'))
    expect(sink.messages).toEqual(['one', 'two', 'three'])
  })
})

describe('Receiver state', () => {
  it('PR-05 is in the middle of a message from its first byte to its last', () => {
    const { receiver } = setUp()
    const stream = Buffer.concat([text('one', more), continuation('two')])
    expect(receiver.isMidMessage).toBe(false)
    for (const [index, byte] of stream.entries()) {
      receiver.receive(Buffer.from([byte]))
      expect(receiver.isMidMessage).toBe(index < stream.length - 1)
    }
  })

  it('PR-05 gets on with control frames between messages, and not with those inside one', () => {
    const { receiver } = setUp()
    receiver.receive(ping())
    expect(receiver.finishedCount).toBe(1)
    receiver.receive(Buffer.concat([text('one', more), ping(), ping()]))
    expect(receiver.finishedCount).toBe(1)
    receiver.receive(Buffer.concat([continuation('two'), ping().subarray(0, 3)]))
    expect(receiver).toMatchObject({ finishedCount: 2, isMidMessage: true })
  })

  it('is not waiting for the peer while paused', () => {
    const { receiver } = setUp()
    receiver.receive(text('half', more))
    receiver.pause()
    expect(receiver.isMidMessage).toBe(false)
    receiver.resume()
    expect(receiver.isMidMessage).toBe(true)
  })

  it('PR-14 tells nothing once stopped, even from inside a message', () => {
    const { receiver, sink, told } = setUp()
    sink.onMessage = () => receiver.stop()
    receiver.receive(Buffer.concat([text('one'), text('two'), ping()]))
    receiver.receive(text('three'))
    receiver.resume()
    expect(told).toEqual([['message', 'one']])
    expect(receiver.bufferedBytes).toBe(0)
  })
})

function cutAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const inside = [...new Set(positions.filter((at) => at > 0 && at < bytes.length))].sort((a, b) => a - b)
  return [0, ...inside].map((start, index) => bytes.subarray(start, inside[index] ?? bytes.length))
}
