import { Deflater, Inflater, Receiver, type ReceiverSink } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { prepareMessage } from '../../src/connection/prepared-message.ts'
import { Compressor } from '../../src/engine/compressor.ts'
import type { DeflateScheme } from '../../src/engine/deflate-scheme.ts'
import { Outbox } from '../../src/engine/outbox.ts'
import { HeldStream } from './support/held-stream.ts'

interface CountingDeflater extends Pick<Deflater, 'deflate'> {
  calls: number
}

function schemeWith(settings: Partial<DeflateScheme> = {}): DeflateScheme & { deflater: CountingDeflater } {
  const deflater = new Deflater({ windowBits: 12, contextTakeover: false })
  const counting = Object.assign(deflater, { calls: 0 })
  const deflate = deflater.deflate.bind(deflater)
  counting.deflate = (message, onDeflated) => {
    counting.calls++
    deflate(message, onDeflated)
  }
  return {
    maxInflatedSize: 1_048_576,
    threshold: 100,
    response: { name: 'permessage-deflate', parameters: [] },
    inflater: new Inflater({ windowBits: 12, contextTakeover: false }),
    isShared: true,
    key: 'test',
    ...settings,
    deflater: counting,
  }
}

interface SetUp {
  readonly compressor: Compressor
  readonly stream: HeldStream
  /** The messages that were sent, once nothing is held any more. */
  messages(): Promise<{ data: string | Buffer; isCompressed: boolean }[]>
}

function setUp(scheme: DeflateScheme): SetUp {
  const stream = new HeldStream({ isSync: true })
  const outbox = new Outbox(stream, Buffer.alloc(0), { outboxOnTaken() {} })
  let onProgress = () => {}
  const compressor = new Compressor(scheme, outbox, () => {
    outbox.flush()
    onProgress()
  })
  return {
    compressor,
    stream,
    async messages() {
      while (compressor.heldBytes > 0) {
        await new Promise<void>((resolve) => {
          onProgress = resolve
        })
      }
      outbox.flush()
      return read(stream.bytes)
    },
  }
}

async function read(bytes: Buffer): Promise<{ data: string | Buffer; isCompressed: boolean }[]> {
  const messages: { data: string | Buffer; isCompressed: boolean }[] = []
  let isCompressed = false
  const inflater = new Inflater({ windowBits: 12, contextTakeover: false })
  const noting: Pick<Inflater, 'inflate'> = {
    inflate(payload, maxLength, onInflated) {
      isCompressed = true
      inflater.inflate(payload, maxLength, onInflated)
    },
  }
  const sink: ReceiverSink = {
    receiverOnMessage(data) {
      messages.push({ data, isCompressed })
      isCompressed = false
    },
    receiverOnPing() {},
    receiverOnPong() {},
    receiverOnClose: (code) => void messages.push({ data: `close ${code}`, isCompressed: false }),
    receiverOnFailure({ code }) {
      throw new Error(code)
    },
  }
  const receiver = new Receiver({ role: 'client', maxMessageSize: 1e8, maxFragments: 1, inflater: noting }, sink)
  receiver.receive(Buffer.from(bytes))
  while (receiver.isInflating) await new Promise((resolve) => setImmediate(resolve))
  return messages
}

const compressible = (length: number) => 'sluice '.repeat(Math.ceil(length / 7)).slice(0, length)
const large = compressible(100_000)

describe('Compressor', () => {
  it('keeps the order of messages that zlib takes long for and those that it does not see', async () => {
    const { compressor, messages } = setUp(schemeWith())
    compressor.pushMessage('first', true)
    compressor.pushMessage(large, true)
    compressor.pushMessage('small', true)
    compressor.pushMessage(compressible(500), true)
    compressor.pushMessage(Buffer.from(large), true)
    compressor.pushPrepared(prepareMessage(large))
    compressor.pushPrepared(prepareMessage('prepared'))
    compressor.pushMessage(large, false)
    compressor.pushFrame(Buffer.from([0x88, 0x00]))
    expect((await messages()).map(({ data, isCompressed }) => [data.length, isCompressed])).toEqual([
      [5, false],
      [100_000, true],
      [5, false],
      [500, true],
      [100_000, true],
      [100_000, true],
      [8, false],
      [100_000, false],
      ['close 1005'.length, false],
    ])
  })

  it('CP-09 leaves messages below the threshold alone, by their bytes', async () => {
    const { compressor, messages } = setUp(schemeWith())
    for (const text of ['x'.repeat(99), 'ü'.repeat(49), 'x'.repeat(100), 'ü'.repeat(50)]) {
      compressor.pushMessage(text, true)
    }
    expect((await messages()).map(({ isCompressed }) => isCompressed)).toEqual([false, false, true, true])
  })

  it('sends what compression would make larger as it is', async () => {
    const random = Buffer.from(Array.from({ length: 200 }, (_, index) => (index * index * 31 + index * 7) % 251))
    const { compressor, messages } = setUp(schemeWith())
    compressor.pushMessage(random, true)
    const [message] = await messages()
    expect(random.equals(message?.data as Buffer)).toBe(true)
  })

  it('BP-04 counts what zlib works on and what waits behind it', async () => {
    const { compressor, messages } = setUp(schemeWith())
    compressor.pushMessage('at once', true)
    expect(compressor.heldBytes).toBe(0)
    compressor.pushMessage(large, true)
    expect(compressor.heldBytes).toBe(100_000)
    compressor.pushMessage('ü', true)
    compressor.pushPrepared(prepareMessage(large))
    expect(compressor.heldBytes).toBe(200_002)
    await messages()
    expect(compressor.heldBytes).toBe(0)
  })

  it('lets any number wait behind a large message', async () => {
    const { compressor, messages } = setUp(schemeWith())
    compressor.pushMessage(large, true)
    for (let count = 0; count < 5_000; count++) compressor.pushMessage(`${count} ${'x'.repeat(120)}`, true)
    const texts = (await messages()).map(({ data }) => String(data))
    expect(texts).toHaveLength(5_001)
    texts.slice(1).forEach((text, index) => {
      if (!text.startsWith(`${index} `)) throw new Error(`${text.slice(0, 10)} came at ${index}`)
    })
  })

  it('CP-05 sends nothing of what zlib works on once it is stopped', async () => {
    const { compressor, stream } = setUp(schemeWith())
    compressor.pushMessage(large, true)
    compressor.pushMessage('behind', true)
    compressor.stop()
    expect(compressor.heldBytes).toBe(0)
    const after = setUp(schemeWith())
    after.compressor.pushMessage(large, true)
    expect(await after.messages()).toHaveLength(1)
    expect(stream.bytes).toHaveLength(0)
  })

  it('CP-09 compresses a prepared message once for connections without context takeover', async () => {
    const scheme = schemeWith()
    const members = Array.from({ length: 100 }, () => setUp(scheme))
    const message = prepareMessage(large)
    for (const { compressor } of members) compressor.pushPrepared(message)
    for (const { messages } of members) expect(await messages()).toEqual([{ data: large, isCompressed: true }])
    expect(scheme.deflater.calls).toBe(1)
    // Those that come later get the frame at once.
    const late = setUp(scheme)
    late.compressor.pushPrepared(message)
    expect(late.compressor.heldBytes).toBe(0)
    expect(scheme.deflater.calls).toBe(1)
  })

  it('compresses a prepared message for each connection with a context of its own', async () => {
    const schemes = [schemeWith({ isShared: false }), schemeWith({ isShared: false })]
    const message = prepareMessage(large)
    for (const scheme of schemes) {
      const { compressor, messages } = setUp(scheme)
      compressor.pushPrepared(message)
      expect(await messages()).toEqual([{ data: large, isCompressed: true }])
      expect(scheme.deflater.calls).toBe(1)
    }
  })

  it('shares no frame between connections that compress in different ways', async () => {
    const [one, two] = [schemeWith({ key: 'one' }), schemeWith({ key: 'two' })]
    const message = prepareMessage(large)
    for (const scheme of [one, two, one]) {
      const { compressor, messages } = setUp(scheme)
      compressor.pushPrepared(message)
      expect(await messages()).toEqual([{ data: large, isCompressed: true }])
    }
    expect([one.deflater.calls, two.deflater.calls]).toEqual([1, 1])
  })
})
