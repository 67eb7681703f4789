import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PerMessageDeflate } from '../../fuzz/ws-internals.ts'
import { Deflater, Inflater, JobLimiter } from '../../src/index.ts'
import { ALL_WINDOW_BITS, createMessages, deflate, inflate, wsCompress, wsDecompress } from '../support/compression.ts'
import { longestDistance } from '../support/tiny-inflate.ts'

describe('Deflater', () => {
  it('makes the example of RFC 7692 section 7.2.3.1, were it any smaller', async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: false })
    expect(await deflate(deflater, 'Hello')).toBeUndefined()
    expect((await deflate(deflater, 'HelloHelloHello'))?.toString('hex')).toBe('f248cdc9c9f780130000')
  })

  it('CP-09 gives no payload where it would not be smaller, large or small', async () => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
    expect(await deflate(deflater, '')).toBeUndefined()
    expect(await deflate(deflater, randomFillSync(Buffer.alloc(100)))).toBeUndefined()
    expect(await deflate(deflater, randomFillSync(Buffer.alloc(50_000)))).toBeUndefined()
  })

  it('CP-09 serves any number of connections without context takeover', async () => {
    const deflater = new Deflater({ windowBits: 12, contextTakeover: false })
    const payload = (await deflate(deflater, 'to everybody '.repeat(100))) ?? expect.fail('not smaller')
    for (let receiver = 0; receiver < 3; receiver++) {
      const inflater = new Inflater({ windowBits: 12, contextTakeover: false })
      expect(await inflate(inflater, payload)).toEqual({ ok: true, data: Buffer.from('to everybody '.repeat(100)) })
    }
  })

  it('frees its turn of the limiter', async () => {
    const deflater = new Deflater({ windowBits: 12, contextTakeover: false, limiter: new JobLimiter(1) })
    const sizes = await Promise.all(['a', 'b', 'c'].map((letter) => deflate(deflater, letter.repeat(50_000))))
    expect(sizes.every((payload) => payload !== undefined && payload.length < 500)).toBe(true)
  })

  it.each(ALL_WINDOW_BITS)('CP-07 looks back no further than a window of %i bits', async (windowBits) => {
    const deflater = new Deflater({ windowBits, contextTakeover: true })
    let longest = 0
    for (const message of createMessages(60, windowBits)) {
      const payload = await deflate(deflater, message)
      if (payload !== undefined) longest = Math.max(longest, longestDistance(payload))
    }
    expect(longest).toBeLessThanOrEqual(2 ** windowBits)
    expect(longest).toBeGreaterThan(2 ** windowBits * 0.45)
  })
})

describe('Deflater and Inflater', () => {
  const cases = [true, false].flatMap((contextTakeover) =>
    ALL_WINDOW_BITS.map((windowBits) => ({ windowBits, contextTakeover })),
  )

  it.each(cases)('understand each other with %j', async (options) => {
    const deflater = new Deflater(options)
    const inflater = new Inflater(options)
    for (const message of createMessages(60, options.windowBits)) {
      const payload = await deflate(deflater, message)
      if (payload !== undefined) expect(await inflate(inflater, payload)).toEqual({ ok: true, data: message })
    }
  })

  it.each(cases)('understand ws, and are understood, with %j', async ({ windowBits, contextTakeover }) => {
    const peer = new PerMessageDeflate({ isServer: false, threshold: 0 })
    peer.accept([
      {
        server_max_window_bits: [String(windowBits)],
        ...(contextTakeover ? {} : { server_no_context_takeover: [true], client_no_context_takeover: [true] }),
        client_max_window_bits: [String(windowBits)],
      },
    ])
    const deflater = new Deflater({ windowBits, contextTakeover })
    const inflater = new Inflater({ windowBits, contextTakeover })
    for (const message of createMessages(40, windowBits)) {
      const payload = await deflate(deflater, message)
      if (payload !== undefined) expect(await wsDecompress(peer, payload)).toEqual(message)
      if (message.length > 0) {
        expect(await inflate(inflater, await wsCompress(peer, message))).toEqual({ ok: true, data: message })
      }
    }
    peer.cleanup()
  })
})
