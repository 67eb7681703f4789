import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Deflater, encodeFrame, Inflater, Opcode, Receiver } from '../src/index.ts'
import { RecordingSink } from './support/recording-sink.ts'

/** What a receiver tells of these chunks: to its sink, or to a sink of bytes. */
function told(chunks: readonly Uint8Array[], asBytes: boolean, inflater?: Inflater) {
  const sink = new RecordingSink()
  const options = { role: 'server', maxMessageSize: 2_000, maxFragments: 16 } as const
  const receiver = new Receiver(inflater === undefined ? options : { ...options, inflater }, sink)
  if (asBytes) {
    receiver.bytesSink = {
      receiverOnBytes(isText, bytes, start, end) {
        sink.receiverOnMessage(isText ? bytes.toString('utf8', start, end) : Buffer.from(bytes.subarray(start, end)))
      },
    }
  }
  // A receiver unmasks in place: each needs chunks of its own.
  for (const chunk of chunks) receiver.receive(Buffer.from(chunk))
  return { told: sink.told, finished: receiver.finishedCount }
}

const payloads = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)
const frames = fc.record({
  opcode: fc.constantFrom(Opcode.TEXT, Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION, Opcode.PING),
  payload: payloads,
  fin: fc.boolean(),
})

it('a sink of bytes is told what a sink is told, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(frames, { maxLength: 12 }), fc.array(fc.nat(900), { maxLength: 6 }), (given, cuts) => {
      const stream = Buffer.concat(
        given.map(({ opcode, payload, fin }) => encodeFrame(opcode, payload, { fin, mask: 0x1234_5678 })),
      )
      const ends = [...cuts, 0, stream.length].sort((a, b) => a - b)
      const chunks = ends.slice(1).map((end, index) => stream.subarray(ends[index], end))
      expect(told(chunks, true)).toEqual(told(chunks, false))
    }),
  )
})

it('a sink of bytes is told of messages that were compressed', () => {
  const inflater = new Inflater({ windowBits: 15, contextTakeover: false })
  const deflater = new Deflater({ windowBits: 15, contextTakeover: false, level: 6, memLevel: 5 })
  const text = 'grüß '.repeat(40)
  const frame: Buffer[] = []
  deflater.deflate(text, (deflated) => {
    frame.push(encodeFrame(Opcode.TEXT, deflated as Buffer, { rsv1: true, mask: 0x1234_5678 }))
  })
  expect(told(frame, true, inflater).told).toEqual([['message', text]])
})
