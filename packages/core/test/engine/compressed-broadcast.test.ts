import { Deflater, Opcode } from '@sluice/protocol'
import { describe, expect, it, vi } from 'vitest'
import { broadcast, type WebSocketConnection } from '../../src/index.ts'
import { serve } from '../support/site.ts'
import { inflate } from './support/compressible.ts'
import { DeflateClient } from './support/deflate-client.ts'

const OFFER = 'permessage-deflate; client_max_window_bits'
const text = 'a line that comes again and again; '.repeat(100)

describe('a broadcast to members that compress', () => {
  it('CP-09 compresses a broadcast once, and nothing below the threshold', async () => {
    const members: WebSocketConnection[] = []
    const site = await serve({}, (app) =>
      app.api.websocket('/ws', { compression: {}, onConnect: (ws) => void members.push(ws), onMessage() {} }),
    )
    const clients = await Promise.all(Array.from({ length: 1_000 }, () => DeflateClient.open(site, '/ws', OFFER)))
    const calls = vi.spyOn(Deflater.prototype, 'deflate')
    try {
      const large = text.repeat(20)
      expect(broadcast(members, large)).toEqual({ sent: 1_000, dropped: 0 })
      expect(broadcast(members, 'small')).toEqual({ sent: 1_000, dropped: 0 })
      const payloads = new Set<string>()
      for (const client of clients) {
        const first = await client.next()
        expect(first.rsv1).toBe(true)
        payloads.add(first.payload.toString('base64'))
        expect(await client.next()).toEqual({ opcode: Opcode.TEXT, rsv1: false, payload: Buffer.from('small') })
      }
      expect(payloads.size).toBe(1)
      expect((await inflate(Buffer.from([...payloads].join(), 'base64'))).toString()).toBe(large)
      expect(calls).toHaveBeenCalledTimes(1)
    } finally {
      calls.mockRestore()
    }
  })

  it('CP-09 frames a broadcast once for members that compress, in two ways, and for those that do not', async () => {
    const members: WebSocketConnection[] = []
    const site = await serve({}, (app) =>
      app.api.websocket('/ws', { compression: {}, onConnect: (ws) => void members.push(ws), onMessage() {} }),
    )
    const offers = [OFFER, OFFER, 'permessage-deflate; server_max_window_bits=9', 'x-other', 'x-other']
    const clients: DeflateClient[] = []
    for (const offer of offers) clients.push(await DeflateClient.open(site, '/ws', offer))
    const calls = vi.spyOn(Deflater.prototype, 'deflate')
    try {
      broadcast(members, text)
      for (const [index, client] of clients.entries()) {
        const { rsv1, payload } = await client.next()
        expect(rsv1).toBe(index < 3)
        expect((rsv1 ? await inflate(payload) : payload).toString()).toBe(text)
      }
      expect(calls).toHaveBeenCalledTimes(2)
    } finally {
      calls.mockRestore()
    }
  })
})
