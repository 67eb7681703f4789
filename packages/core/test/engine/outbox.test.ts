import { encodeFrame, Opcode, Receiver, type ReceiverSink } from '@sluice/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../src/engine/outbox.ts'
import { HeldStream, heldSocket } from './support/held-stream.ts'
import { turn } from './support/turn.ts'

const PREFACE = Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n')
const streams = { 'a stream': (options?: object) => new HeldStream(options), 'a socket': heldSocket }

function setUp(stream: HeldStream, preface: Uint8Array = PREFACE) {
  let taken = 0
  const outbox = new Outbox(stream, preface, { outboxOnTaken: () => void taken++ })
  return { outbox, stream, timesTaken: () => taken }
}

/** What a client reads behind the preface. */
function framesIn(bytes: Buffer): string[] {
  const told: string[] = []
  const sink: ReceiverSink = {
    receiverOnMessage: (data) => void told.push(typeof data === 'string' ? data : `${data.length} bytes`),
    receiverOnPing: (payload) => void told.push(`ping ${payload}`),
    receiverOnPong: (payload) => void told.push(`pong ${payload}`),
    receiverOnClose: (code) => void told.push(`close ${code}`),
    receiverOnFailure: ({ code }) => void told.push(code),
  }
  new Receiver({ role: 'client', maxMessageSize: 1e9, maxFragments: 1 }, sink).receive(Buffer.from(bytes))
  return told
}

describe.each(Object.entries(streams))('an outbox on %s', (_name, createStream) => {
  it('writes all that a turn queues at once, behind the preface', () => {
    const { outbox, stream } = setUp(createStream({ isSync: true }))
    outbox.pushMessage('one')
    outbox.pushMessage(Buffer.from('two'))
    outbox.pushFrame(encodeFrame(Opcode.TEXT, 'three'))
    outbox.pushMessage('four')
    expect(stream.writes).toEqual([])
    outbox.flush()
    expect(stream.writes).toHaveLength(1)
    expect(stream.writes[0]).toHaveLength(1)
    expect(stream.bytes.subarray(0, PREFACE.length)).toEqual(PREFACE)
    expect(framesIn(stream.bytes.subarray(PREFACE.length))).toEqual(['one', '3 bytes', 'three', 'four'])
    outbox.flush()
    expect(stream.writes).toHaveLength(1)
  })

  it('writes header and payload of a small message as one chunk, and does not copy a large payload', () => {
    const { outbox, stream } = setUp(createStream({ isSync: true }), Buffer.alloc(0))
    outbox.flush()
    stream.writes.length = 0
    outbox.pushMessage('small')
    outbox.flush()
    const large = Buffer.alloc(100_000)
    outbox.pushMessage(large)
    expect(stream.writes).toHaveLength(2)
    expect(stream.writes[0]).toHaveLength(1)
    expect(stream.writes[1]).toHaveLength(2)
    const written = stream.writes[1]?.[1] as Buffer
    expect(written.buffer).toBe(large.buffer)
    expect([written.byteOffset, written.length]).toEqual([large.byteOffset, large.length])
  })

  it('holds what a blocked stream does not take, and lets control frames pass it', async () => {
    const { outbox, stream, timesTaken } = setUp(createStream({ highWaterMark: 1_000 }), Buffer.alloc(0))
    outbox.pushMessage('x'.repeat(1_000))
    outbox.flush()
    expect(outbox.isBlocked).toBe(true)
    for (let count = 0; count < 3; count++) {
      outbox.pushMessage(`late ${count}`)
      outbox.pushMessage(Buffer.alloc(80_000))
      outbox.flush()
    }
    outbox.pushUrgent(encodeFrame(Opcode.PING, 'p'))
    for (const data of ['a', 'b', 'c']) outbox.pushPong(encodeFrame(Opcode.PONG, data))
    outbox.flush()
    expect(framesIn(stream.bytes)).toEqual(['x'.repeat(1_000)])
    stream.release()
    await turn()
    // One part of the queue; the rest can still be passed.
    expect(framesIn(stream.bytes).slice(1)).toEqual(['ping p', 'pong c', 'late 0', '80000 bytes'])
    outbox.pushUrgent(encodeFrame(Opcode.PING, 'q'))
    for (let writes = 0; writes < 8; writes++) {
      stream.release()
      await turn()
    }
    const rest = ['ping q', 'late 1', '80000 bytes', 'late 2', '80000 bytes']
    expect(framesIn(stream.bytes).slice(5)).toEqual(rest)
    expect(outbox.bufferedAmount).toBe(0)
    expect(timesTaken()).toBeGreaterThan(0)
  })

  it('BP-03 tells that all is taken, though the stream was never full', async () => {
    const { outbox, stream, timesTaken } = setUp(createStream())
    outbox.pushMessage('small')
    outbox.flush()
    expect(outbox.isBlocked).toBe(false)
    outbox.pushMessage('smaller')
    outbox.flush()
    expect(outbox.bufferedAmount).toBeGreaterThan(0)
    for (let writes = 0; writes < 4; writes++) {
      stream.release()
      await turn()
    }
    expect(timesTaken()).toBe(1)
    expect(outbox.bufferedAmount).toBe(0)
    expect(framesIn(stream.bytes.subarray(PREFACE.length))).toEqual(['small', 'smaller'])
  })

  it('keeps every pong that a stream takes', () => {
    const { outbox, stream } = setUp(createStream({ isSync: true }), Buffer.alloc(0))
    for (const data of ['a', 'b', 'c']) outbox.pushPong(encodeFrame(Opcode.PONG, data))
    outbox.flush()
    expect(framesIn(stream.bytes)).toEqual(['pong a', 'pong b', 'pong c'])
  })

  it('PR-08 takes pongs for any number of pings in one chunk', () => {
    const { outbox, stream } = setUp(createStream({ isSync: true }), Buffer.alloc(0))
    const pong = encodeFrame(Opcode.PONG, '')
    for (let count = 0; count < 500_000; count++) outbox.pushPong(pong)
    outbox.flush()
    expect(stream.taken).toBe(500_000 * pong.length)
  })

  it('counts nothing and writes nothing once the stream is gone', async () => {
    const { outbox, stream } = setUp(createStream())
    outbox.pushMessage('one')
    outbox.flush()
    outbox.pushMessage('two')
    stream.on('error', () => {})
    stream.destroy()
    outbox.flush()
    await turn()
    outbox.streamEnded()
    expect(outbox.bufferedAmount).toBe(0)
    expect(stream.writes).toHaveLength(1)
  })

  it('BP-03 does not take a write that failed for one that ended', async () => {
    const { outbox, stream, timesTaken } = setUp(createStream())
    stream.on('error', () => {})
    outbox.pushMessage('lost')
    outbox.flush()
    stream.release(new Error('broken'))
    await turn()
    expect(timesTaken()).toBe(0)
  })

  it('drops what it holds, and nothing that the stream was given', async () => {
    const { outbox, stream } = setUp(createStream({ highWaterMark: 10 }))
    outbox.pushMessage('given to it')
    outbox.flush()
    const given = outbox.bufferedAmount
    outbox.pushMessage('held')
    outbox.pushFrame(encodeFrame(Opcode.TEXT, 'held too'))
    outbox.pushPong(encodeFrame(Opcode.PONG, ''))
    outbox.drop()
    expect(outbox.bufferedAmount).toBe(given)
    outbox.pushFrame(encodeFrame(Opcode.CLOSE, ''))
    stream.release()
    await turn()
    expect(framesIn(stream.bytes.subarray(PREFACE.length))).toEqual(['given to it', 'close 1005'])
  })

  it('BP-04 counts every byte that is queued, and comes back to zero', async () => {
    const sizes = fc.oneof(
      { weight: 4, arbitrary: fc.nat(300) },
      fc.constantFrom(16_384, 16_385, 40_000, 65_536, 90_000),
    )
    const command = fc.oneof(
      fc.record({ kind: fc.constantFrom('text', 'bytes', 'frame', 'urgent', 'pong'), size: sizes }),
      fc.record({ kind: fc.constantFrom('flush', 'release', 'sync', 'async', 'turn'), size: fc.constant(0) }),
    )
    const scenario = fc.tuple(fc.array(command, { maxLength: 60 }), fc.constantFrom(1, 1_000, 65_536))
    await fc.assert(
      fc.asyncProperty(scenario, async ([commands, highWaterMark]) => {
        const { outbox, stream } = setUp(createStream({ highWaterMark }), Buffer.alloc(0))
        outbox.flush()
        const sent: string[] = []
        let pushed = 0
        let lastPong = 0
        for (const { kind, size } of commands) {
          if (kind === 'flush') outbox.flush()
          else if (kind === 'release') stream.release()
          else if (kind === 'turn') await turn()
          else if (kind === 'sync' || kind === 'async') stream.isSync = kind === 'sync'
          else {
            const small = Math.min(size, 125)
            const before = outbox.bufferedAmount + stream.taken
            if (kind === 'text') outbox.pushMessage('x'.repeat(size))
            else if (kind === 'bytes') outbox.pushMessage(Buffer.alloc(size))
            else if (kind === 'frame') outbox.pushFrame(encodeFrame(Opcode.BINARY, Buffer.alloc(size)))
            else if (kind === 'urgent') outbox.pushUrgent(encodeFrame(Opcode.PING, Buffer.alloc(small)))
            else outbox.pushPong(encodeFrame(Opcode.PONG, Buffer.alloc(small)))
            if (kind === 'text') sent.push('x'.repeat(size))
            else if (kind === 'bytes' || kind === 'frame') sent.push(`${size} bytes`)
            const length = kind === 'urgent' || kind === 'pong' ? small + 2 : frameLength(size)
            const replaced = before + length - (outbox.bufferedAmount + stream.taken)
            // A pong may take the place of the one before it; nothing else is ever lost.
            expect(kind === 'pong' ? [0, lastPong] : [0]).toContain(replaced)
            pushed += length - replaced
            if (kind === 'pong') lastPong = length
          }
          expect(outbox.bufferedAmount).toBe(pushed - stream.taken)
        }
        stream.isSync = true
        outbox.flush()
        for (let rounds = 0; rounds < 100 && outbox.bufferedAmount > 0; rounds++) {
          stream.release()
          await turn()
        }
        expect(outbox.bufferedAmount).toBe(0)
        const messages = framesIn(stream.bytes).filter((told) => !/^p[io]ng/.test(told))
        expect(messages).toEqual(sent)
      }),
      { numRuns: 200 },
    )
  })
})

/** The bytes of a frame of a server with this payload. */
function frameLength(size: number): number {
  return size + (size < 126 ? 2 : size < 65_536 ? 4 : 10)
}

describe('an outbox on a stream that is not Node’s own', () => {
  it('keeps what the other side makes it send within a write', () => {
    const stream = new HeldStream({ isSync: true })
    const { outbox } = setUp(stream, Buffer.alloc(0))
    outbox.flush()
    const write = stream._write.bind(stream)
    let answers = 0
    stream._write = (chunk, encoding, callback) => {
      write(chunk, encoding, callback)
      if (answers++ < 3) {
        outbox.pushMessage(`answer ${answers}`)
        outbox.flush()
      }
    }
    outbox.pushMessage('question')
    outbox.flush()
    expect(framesIn(stream.bytes)).toEqual(['question', 'answer 1', 'answer 2', 'answer 3'])
    expect(outbox.bufferedAmount).toBe(0)
  })

  it('destroys one that throws, and goes on with the next', () => {
    const broken = new HeldStream()
    const errors: Error[] = []
    broken.on('error', (error) => errors.push(error))
    broken._write = () => {
      throw new Error('cannot write')
    }
    const bad = setUp(broken).outbox
    const { outbox: good, stream } = setUp(new HeldStream({ isSync: true }), Buffer.alloc(0))
    for (let round = 0; round < 2; round++) {
      bad.pushMessage('lost')
      bad.flush()
      good.pushMessage(`round ${round}`)
      good.flush()
    }
    expect(broken.destroyed).toBe(true)
    expect(framesIn(stream.bytes)).toEqual(['round 0', 'round 1'])
  })

  it('gives it a buffer of its own', () => {
    const { outbox, stream } = setUp(new HeldStream({ isSync: true }), Buffer.alloc(0))
    outbox.flush()
    outbox.pushMessage('first')
    outbox.flush()
    outbox.pushMessage('other')
    outbox.flush()
    expect(framesIn(Buffer.concat(stream.writes.flat()))).toEqual(['first', 'other'])
  })
})

it('an outbox gives a socket whose write was replaced buffers of its own', () => {
  const stream = heldSocket({ isSync: true })
  const given: Buffer[] = []
  Object.assign(stream, { write: (chunk: Buffer) => given.push(chunk) > 0 })
  const { outbox } = setUp(stream, Buffer.alloc(0))
  for (const text of ['', 'first', 'other']) {
    outbox.pushMessage(text)
    outbox.flush()
  }
  expect(framesIn(Buffer.concat(given))).toEqual(['', 'first', 'other'])
})

describe('outboxes that write in one turn', () => {
  it('BP-07 share the buffer of frames that are the same', () => {
    const members = Array.from({ length: 3 }, () => setUp(new HeldStream({ isSync: true }), Buffer.alloc(0)))
    const frames = ['one', 'two'].map((data) => encodeFrame(Opcode.TEXT, data))
    for (const { outbox } of members) outbox.flush()
    for (const frame of frames) for (const { outbox } of members) outbox.pushFrame(frame)
    for (const { outbox } of members) outbox.flush()
    const [first, ...others] = members.map(({ stream }) => stream.writes.at(-1)?.[0])
    expect(framesIn(first as Buffer)).toEqual(['one', 'two'])
    for (const other of others) expect(other).toBe(first)
  })

  it('do not mix their messages', () => {
    const members = Array.from({ length: 3 }, () => setUp(heldSocket({ isSync: false }), Buffer.alloc(0)))
    for (let count = 0; count < 5; count++) {
      for (const [index, { outbox }] of members.entries()) outbox.pushMessage(`${index}: ${count}`)
    }
    for (const { outbox } of members) outbox.flush()
    for (const { outbox } of members) outbox.pushMessage('end')
    for (const [index, { stream }] of members.entries()) {
      expect(framesIn(stream.bytes)).toEqual([0, 1, 2, 3, 4].map((count) => `${index}: ${count}`))
    }
  })
})
