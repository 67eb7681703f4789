/**
 * How fast one core parses, unmasks and encodes, by the processor time that it takes: others may use the machine.
 * `node --conditions=@sluice/source bench/receiver.ts [part of a name]`
 */
import { Buffer } from 'node:buffer'
import {
  applyMask,
  encodeFrame,
  maxFrameLength,
  Opcode,
  Receiver,
  type ReceiverSink,
  viewAsWords,
  writeFrame,
} from '../src/index.ts'

const CHUNK_LENGTH = 65_536
const ROUNDS = 7
const ROUND_TIME = 300

const sink: ReceiverSink & { messages: number } = {
  messages: 0,
  receiverOnMessage() {
    this.messages++
  },
  receiverOnPing() {},
  receiverOnPong() {},
  receiverOnClose() {},
  receiverOnFailure(failure) {
    throw new Error(failure.code)
  },
}

/** A chunk of whole masked frames. Their key is zero to the receiver's eyes only, so a chunk can be parsed again. */
function chunkOf(payload: string | Buffer, { mask = true, repeat = Number.POSITIVE_INFINITY } = {}): Buffer {
  const opcode = typeof payload === 'string' ? Opcode.TEXT : Opcode.BINARY
  const frame = encodeFrame(opcode, payload, mask ? { mask: 0x0000_0000 } : {})
  const count = Math.min(repeat, Math.floor(CHUNK_LENGTH / frame.length))
  return Buffer.concat(Array.from({ length: Math.max(1, count) }, () => frame))
}

function parsing(payload: string | Buffer, role: 'server' | 'client', repeat?: number) {
  const receiver = new Receiver({ role, maxMessageSize: 1 << 20, maxFragments: 1024 }, sink)
  const chunk = chunkOf(
    payload,
    repeat === undefined ? { mask: role === 'server' } : { mask: role === 'server', repeat },
  )
  return () => {
    const before = sink.messages
    receiver.receive(chunk)
    return sink.messages - before
  }
}

function masking(length: number) {
  const bytes = Buffer.from(new ArrayBuffer(CHUNK_LENGTH * 2))
  return () => {
    const words = viewAsWords(bytes)
    let start = 6
    for (; start <= CHUNK_LENGTH; start += length + 6) applyMask(bytes, start, start + length, 0x1234_5678, words)
    return ((start / (length + 6)) * length) / 1e6
  }
}

function writing(payload: string | Buffer) {
  const target = Buffer.allocUnsafeSlow(CHUNK_LENGTH)
  const room = maxFrameLength(payload)
  return () => {
    let offset = 0
    let count = 0
    while (offset + room <= target.length) {
      offset = writeFrame(target, offset, Opcode.TEXT, payload)
      count++
    }
    return count
  }
}

function encoding(payload: string) {
  return () => {
    for (let count = 0; count < 1000; count++) encodeFrame(Opcode.TEXT, payload)
    return 1000
  }
}

const ascii = 'The quick brown fox jumps over the lazy dog, and then over more.'
const cases: Record<string, [unit: string, run: () => number]> = {
  'parse text 64 B, server': ['messages/s', parsing(ascii, 'server')],
  'parse text 64 B, client': ['messages/s', parsing(ascii, 'client')],
  'parse text 16 B, server': ['messages/s', parsing(ascii.slice(0, 16), 'server')],
  'parse text 64 B not ASCII, server': ['messages/s', parsing('ä'.repeat(32), 'server')],
  'parse binary 64 B, server': ['messages/s', parsing(Buffer.from(ascii), 'server')],
  'parse text 64 B, one a chunk': ['messages/s', parsing(ascii, 'server', 1)],
  'parse text 1 KiB, server': ['messages/s', parsing('x'.repeat(1024), 'server')],
  'parse text 16 KiB, server': ['messages/s', parsing('x'.repeat(16_384), 'server')],
  'parse binary 60 KiB, server': ['messages/s', parsing(Buffer.alloc(61_440), 'server')],
  'unmask 64 B': ['MB/s', masking(64)],
  'unmask 1 KiB': ['MB/s', masking(1024)],
  'unmask 16 KiB': ['MB/s', masking(16_384)],
  'unmask 64 KiB': ['MB/s', masking(65_536)],
  'writeFrame text 64 B': ['frames/s', writing(ascii)],
  'writeFrame text 16 B': ['frames/s', writing(ascii.slice(0, 16))],
  'writeFrame binary 64 B': ['frames/s', writing(Buffer.from(ascii))],
  'encodeFrame text 64 B': ['frames/s', encoding(ascii)],
}

/** Units for each second of processor time. */
function measure(run: () => number, time: number): number {
  const begin = process.cpuUsage()
  let units = 0
  let used = 0
  while (used < time * 1000) {
    for (let count = 0; count < 20; count++) units += run()
    const { user, system } = process.cpuUsage(begin)
    used = user + system
  }
  return (units / used) * 1e6
}

const wanted = process.argv[2] ?? ''
for (const [name, [unit, run]] of Object.entries(cases).filter(([name]) => name.includes(wanted))) {
  measure(run, ROUND_TIME)
  const rates = Array.from({ length: ROUNDS }, () => measure(run, ROUND_TIME)).sort((a, b) => a - b)
  const format = (rate: number | undefined) =>
    Math.round(rate ?? 0)
      .toLocaleString('en')
      .padStart(12)
  console.log(`${name.padEnd(36)} median ${format(rates[ROUNDS >> 1])}  best ${format(rates.at(-1))} ${unit}`)
}
