import { Buffer } from 'node:buffer'
import { isDeepStrictEqual } from 'node:util'
import { constants, deflateRawSync } from 'node:zlib'
import type { Extension, Role } from '../../src/index.ts'
import { RecordingSink } from '../support/recording-sink.ts'
import { longestDistance } from '../support/tiny-inflate.ts'

type Protocol = typeof import('../../src/index.ts')

/** A short examination of the whole package: what it must make of given bytes and values. */
interface Question {
  readonly title: string
  readonly ask: (protocol: Protocol) => unknown
  readonly answer: unknown
}

/** The titles of the questions that a copy of the package answers wrongly. */
export function examine(protocol: Protocol): string[] {
  return QUESTIONS.filter(
    ({ ask, answer }) =>
      !isDeepStrictEqual(
        tryTo(() => ask(protocol)),
        answer,
      ),
  ).map(({ title }) => title)
}

function tryTo(ask: () => unknown): unknown {
  try {
    return ask()
  } catch (error) {
    return error
  }
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const MASK = '01020304'
const REQUEST = ['Host', 'a', 'Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Key', KEY]
const VERSION = ['Sec-WebSocket-Version', '13']
const FAILED_1002 = [['failure', 1002]]
const FAILED_1007 = [['failure', 1007]]
const FAILED_1009 = [['failure', 1009]]

/** Bytes of a frame in hex: the first byte, the length without the mask bit, and the payload in clear. */
function frame(first: number, payload: Uint8Array, length = shortest(payload.length)): string {
  const bytes = Buffer.from(length, 'hex')
  bytes[0] = (bytes[0] ?? 0) | 0x80
  const masked = Buffer.from(payload).map((byte, index) => byte ^ ((index & 3) + 1))
  return first.toString(16).padStart(2, '0') + bytes.toString('hex') + MASK + Buffer.from(masked).toString('hex')
}

function shortest(length: number): string {
  if (length < 126) return length.toString(16).padStart(2, '0')
  if (length < 65_536) return `7e${length.toString(16).padStart(4, '0')}`
  return `7f${length.toString(16).padStart(16, '0')}`
}

const bytes = (text: string) => Buffer.from(text)
const text = (payload: string) => frame(0x81, bytes(payload))
const close = (hex: string) => frame(0x88, Buffer.from(hex, 'hex'))
const compress = (data: Buffer) => deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

interface Reading {
  readonly role?: Role
  readonly deflate?: boolean
  /** Where to cut the stream. */
  readonly cuts?: readonly number[]
}

/** What a receiver tells of a stream, without the codes of our failures. */
function reading(hex: string, { role = 'server', deflate = false, cuts = [] }: Reading = {}) {
  return (protocol: Protocol) => {
    const sink = new RecordingSink()
    const inflater = new protocol.Inflater({ windowBits: 15, contextTakeover: true })
    const options = { role, maxMessageSize: 70_000, maxFragments: 4, ...(deflate && { inflater }) }
    const receiver = new protocol.Receiver(options, sink)
    const stream = Buffer.from(hex, 'hex')
    const ends = [...cuts, stream.length]
    ends.forEach((end, index) => {
      receiver.receive(Buffer.from(stream.subarray(ends[index - 1] ?? 0, end)))
    })
    return sink.told.map((told) => (told[0] === 'failure' ? ['failure', told[2]] : [...told]))
  }
}

function status(rawHeaders: readonly string[]) {
  return (protocol: Protocol) => {
    const verdict = protocol.checkUpgradeRequest({ method: 'GET', url: '/', httpVersion: '1.1', rawHeaders })
    return verdict.ok ? 101 : verdict.denial.status
  }
}

function agreement(answer: object, subprotocols: readonly string[] = []) {
  return (protocol: Protocol) => {
    const fields = { Upgrade: 'websocket', Connection: 'Upgrade', ...answer }
    return protocol.checkUpgradeResponse(
      { statusCode: 101, rawHeaders: Object.entries(fields).flat() },
      { key: KEY, subprotocols },
    ).ok
  }
}

function deflated(messages: readonly string[], windowBits: number, contextTakeover: boolean) {
  return (protocol: Protocol) => {
    const deflater = new protocol.Deflater({ windowBits, contextTakeover })
    const payloads: (Buffer | undefined)[] = []
    for (const message of messages) deflater.deflate(message, (payload) => payloads.push(payload))
    return payloads.map((payload) => payload ?? Buffer.alloc(0))
  }
}

function accepted(parameters: Extension['parameters']) {
  return (protocol: Protocol) =>
    protocol.acceptDeflate([{ name: 'permessage-deflate', parameters }], { clientMaxWindowBits: 10 })?.response
      .parameters
}

const euro = bytes('€')
const poem = 'Es war, als hätt der Himmel die Erde still geküsst. '
const long = poem.repeat(20)

const QUESTIONS: readonly Question[] = [
  { title: 'a mask is demanded', ask: reading('810161'), answer: FAILED_1002 },
  { title: 'a mask is forbidden', ask: reading(text('a'), { role: 'client' }), answer: FAILED_1002 },
  { title: 'RSV1', ask: reading(frame(0xc1, bytes('a'))), answer: FAILED_1002 },
  { title: 'RSV2', ask: reading(frame(0xa1, bytes('a'))), answer: FAILED_1002 },
  { title: 'RSV3', ask: reading(frame(0x91, bytes('a'))), answer: FAILED_1002 },
  { title: 'RSV1 on a ping', ask: reading(frame(0xc9, bytes('')), { deflate: true }), answer: FAILED_1002 },
  {
    title: 'RSV1 on a continuation',
    ask: reading(frame(0x01, bytes('a')) + frame(0xc0, bytes('b')), { deflate: true }),
    answer: FAILED_1002,
  },
  { title: 'opcode 3', ask: reading(frame(0x83, bytes('a'))), answer: FAILED_1002 },
  { title: 'opcode 11', ask: reading(frame(0x8b, bytes(''))), answer: FAILED_1002 },
  { title: 'a fragmented ping', ask: reading(frame(0x09, bytes('a'))), answer: FAILED_1002 },
  { title: 'a ping of 126 bytes', ask: reading(frame(0x89, Buffer.alloc(126))), answer: FAILED_1002 },
  {
    title: 'a ping of 125 bytes',
    ask: reading(frame(0x89, Buffer.alloc(125, 'p'))),
    answer: [['ping', 'p'.repeat(125)]],
  },
  { title: 'a continuation of nothing', ask: reading(frame(0x80, bytes('a'))), answer: FAILED_1002 },
  { title: 'a message in a message', ask: reading(frame(0x01, bytes('a')) + text('b')), answer: FAILED_1002 },
  { title: 'a long length for 5 bytes', ask: reading(frame(0x81, bytes('hello'), '7e0005')), answer: FAILED_1002 },
  {
    title: 'the highest bit of a length',
    ask: reading(frame(0x82, bytes('a'), '7f8000000000000001')),
    answer: FAILED_1002,
  },
  ...[125, 126, 127, 300, 65_535, 65_536].map((length) => ({
    title: `a text of ${length} bytes`,
    ask: reading(frame(0x81, Buffer.alloc(length, 'x'))),
    answer: [['message', 'x'.repeat(length)]],
  })),
  ...[0, 125, 126, 127, 65_535, 65_536].map((length) => ({
    title: `the frame of ${length} bytes that is sent`,
    ask: (protocol: Protocol) =>
      protocol
        .encodeFrame(2, Buffer.alloc(length))
        .subarray(0, 10)
        .toString('hex')
        .slice(0, 2 + shortest(length).length),
    answer: `82${shortest(length)}`,
  })),
  {
    title: 'small texts side by side',
    ask: reading(Array.from({ length: 50 }, (_, index) => text(`Höhe ${index}`.repeat((index % 5) + 1))).join('')),
    answer: Array.from({ length: 50 }, (_, index) => ['message', `Höhe ${index}`.repeat((index % 5) + 1)]),
  },
  {
    title: 'a large payload, cut',
    ask: reading(text('abcdefg'.repeat(100)), { cuts: [9, 11, 300] }),
    answer: [['message', 'abcdefg'.repeat(100)]],
  },
  { title: 'a header, cut', ask: reading(text('abc'), { cuts: [1, 3, 4] }), answer: [['message', 'abc']] },
  {
    title: 'a ping between fragments',
    ask: reading(frame(0x01, bytes('a')) + frame(0x89, bytes('p')) + frame(0x80, bytes('b'))),
    answer: [
      ['ping', 'p'],
      ['message', 'ab'],
    ],
  },
  {
    title: 'four fragments, again and again',
    ask: reading((frame(0x01, bytes('a')) + frame(0x00, bytes('b')).repeat(2) + frame(0x80, bytes('c'))).repeat(5)),
    answer: Array.from({ length: 5 }, () => ['message', 'abbc']),
  },
  {
    title: 'five fragments',
    ask: reading(frame(0x01, bytes('a')) + frame(0x00, bytes('b')).repeat(3) + frame(0x80, bytes('c'))),
    answer: [['failure', 1008]],
  },
  {
    title: 'five empty fragments',
    ask: reading(frame(0x01, bytes('')) + frame(0x00, bytes('')).repeat(4)),
    answer: [['failure', 1008]],
  },
  {
    title: 'a message of the limit',
    ask: (protocol) => reading(frame(0x82, Buffer.alloc(70_000)))(protocol).length,
    answer: 1,
  },
  { title: 'one byte more', ask: reading(frame(0x82, Buffer.alloc(70_001))), answer: FAILED_1009 },
  {
    title: 'one byte more in fragments',
    ask: reading(frame(0x02, Buffer.alloc(60_000)) + frame(0x80, Buffer.alloc(10_001))),
    answer: FAILED_1009,
  },
  { title: 'a surrogate', ask: reading(frame(0x81, Buffer.from('eda080', 'hex'))), answer: FAILED_1007 },
  {
    title: 'a surrogate in fragments',
    ask: reading(frame(0x01, Buffer.from('eda0', 'hex')) + frame(0x80, Buffer.from('80', 'hex'))),
    answer: FAILED_1007,
  },
  {
    title: 'a character in fragments',
    ask: reading(frame(0x01, euro.subarray(0, 1)) + frame(0x80, euro.subarray(1))),
    answer: [['message', '€']],
  },
  {
    title: 'a character of four bytes in fragments',
    ask: reading(frame(0x01, bytes('😀').subarray(0, 3)) + frame(0x80, bytes('😀').subarray(3))),
    answer: [['message', '😀']],
  },
  {
    title: 'a character that never ends',
    ask: reading(frame(0x01, bytes('a')) + frame(0x80, euro.subarray(0, 2))),
    answer: FAILED_1007,
  },
  ...[1004, 1005, 1006, 1015, 2999, 5000].map((code) => ({
    title: `close code ${code}`,
    ask: reading(close(code.toString(16).padStart(4, '0'))),
    answer: FAILED_1002,
  })),
  ...[1000, 1003, 1007, 1014, 3000, 4999].map((code) => ({
    title: `close code ${code}`,
    ask: reading(close(code.toString(16).padStart(4, '0'))),
    answer: [['close', code, '']],
  })),
  { title: 'a close frame of one byte', ask: reading(close('03')), answer: FAILED_1002 },
  { title: 'a close reason that is not UTF-8', ask: reading(close('03e8ff')), answer: FAILED_1007 },
  {
    title: 'a close reason that is too long',
    ask: (protocol) =>
      protocol
        .encodeClosePayload(1000, `x${'€'.repeat(42)}`)
        .subarray(2)
        .toString(),
    answer: `x${'€'.repeat(40)}`,
  },
  { title: 'a message after close', ask: reading(close('03e8') + text('a')), answer: [['close', 1000, '']] },
  { title: 'a message after a failure', ask: reading(frame(0x83, bytes('')) + text('a')), answer: FAILED_1002 },
  {
    title: 'inflated text that is not UTF-8',
    ask: reading(frame(0xc1, compress(Buffer.from('ff', 'hex'))), { deflate: true }),
    answer: FAILED_1007,
  },
  {
    title: 'a message that inflates beyond the limit',
    ask: reading(frame(0xc2, compress(Buffer.alloc(70_001))), { deflate: true }),
    answer: FAILED_1009,
  },
  {
    title: 'a compressed message with something behind it',
    ask: reading(frame(0xc2, Buffer.from('f348cdc9c90700f248cdc9c90700', 'hex')), { deflate: true }),
    answer: FAILED_1007,
  },
  {
    title: 'a compressed message that refers to the one before',
    ask: reading(frame(0xc1, Buffer.from('f248cdc9c90700', 'hex')) + frame(0xc1, Buffer.from('f200110000', 'hex')), {
      deflate: true,
    }),
    answer: [
      ['message', 'Hello'],
      ['message', 'Hello'],
    ],
  },
  {
    title: 'compression without context takeover',
    ask: (protocol) => deflated([long, long], 15, false)(protocol).map(({ length }) => length),
    answer: [compress(bytes(long)).length, compress(bytes(long)).length],
  },
  {
    title: 'compression with a small window',
    ask: (protocol) => {
      const noise = Array.from({ length: 400 }, (_, index) => ((index * 7919) % 65_521).toString(36)).join('')
      return deflated(
        [`${long}${noise}${long}`],
        9,
        false,
      )(protocol).every((payload) => longestDistance(payload) <= 512)
    },
    answer: true,
  },
  { title: 'a bare offer of compression', ask: accepted([]), answer: takeoverParameters() },
  {
    title: 'an offer that limits the window',
    ask: accepted([{ name: 'client_max_window_bits', value: undefined }]),
    answer: [...takeoverParameters(), { name: 'client_max_window_bits', value: '10' }],
  },
  { title: 'a leading zero', ask: accepted([{ name: 'server_max_window_bits', value: '08' }]), answer: undefined },
  { title: 'a request', ask: status([...REQUEST, ...VERSION]), answer: 101 },
  { title: 'version 8', ask: status([...REQUEST, 'Sec-WebSocket-Version', '8']), answer: 426 },
  { title: 'two keys in one', ask: status([...REQUEST.with(-1, `${KEY}${KEY}`), ...VERSION]), answer: 400 },
  { title: 'a short key', ask: status([...REQUEST.with(-1, 'dGhl'), ...VERSION]), answer: 400 },
  { title: 'two Hosts', ask: status([...REQUEST, ...VERSION, 'Host', 'b']), answer: 400 },
  { title: 'a body', ask: status([...REQUEST, ...VERSION, 'Content-Length', '5']), answer: 400 },
  {
    title: 'a subprotocol offered twice',
    ask: status([...REQUEST, ...VERSION, 'Sec-WebSocket-Protocol', 'a, a']),
    answer: 400,
  },
  {
    title: 'the answer to a key',
    ask: (protocol) => protocol.acceptValueOf(KEY),
    answer: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  },
  { title: 'a wrong answer to a key', ask: agreement({ 'Sec-WebSocket-Accept': 'x' }), answer: false },
  {
    title: 'a subprotocol that was not offered',
    ask: agreement({ 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'Sec-WebSocket-Protocol': 'b' }, ['a']),
    answer: false,
  },
]

function takeoverParameters(): Extension['parameters'] {
  return [
    { name: 'server_no_context_takeover', value: undefined },
    { name: 'client_no_context_takeover', value: undefined },
  ]
}
