import { describe, expect, it } from 'vitest'
import { serverOf } from '../../src/internal.ts'
import type { RawWebSocket } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'

/** What the server had to say before it answered a ping. */
async function toldBeforePong(client: RawWebSocket): Promise<unknown[]> {
  client.sendFrame(9, 'now')
  const told: unknown[] = []
  for (;;) {
    const next = await client.next()
    if (next.type === 'pong') return told
    told.push(next)
  }
}

describe.each(ENGINES)('a turbo echo with the %s engine', (engine) => {
  it('sends back text with the prefix, and binary as it is', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.turboWebsocket('/ws', { mode: 'echo', responsePrefix: 'Écho: ' }),
    )
    const client = await site.open('/ws')
    for (const text of ['plain', '', 'ünïcode 😀']) {
      client.sendText(text)
      expect(await client.next()).toEqual({ type: 'text', data: `Écho: ${text}` })
    }
    const bytes = Buffer.from([0, 255, 128, 7])
    client.sendBytes(bytes)
    expect(await client.next()).toEqual({ type: 'binary', data: bytes })
    client.sendBytes(Buffer.alloc(0))
    expect(await client.next()).toEqual({ type: 'binary', data: Buffer.alloc(0) })
  })

  it.each([1, 125, 126, 255, 256, 257, 16_384, 16_385, 65_535, 65_536, 300_000])(
    'sends back %i bytes of either kind, in one frame or several',
    async (size) => {
      const site = await serve({ engine }, (app) => app.api.turboWebsocket('/ws', { mode: 'echo' }))
      const client = await site.open('/ws')
      const bytes = Buffer.from(Array.from({ length: size }, (_, index) => index % 251))
      client.sendBytes(bytes)
      expect(await client.next()).toEqual({ type: 'binary', data: bytes })
      const text = bytes.toString('latin1').slice(0, size)
      client.sendText(text)
      expect(await client.next()).toEqual({ type: 'text', data: text })
      client.sendFrame(1, text.slice(0, size >> 1), { fin: false })
      client.sendFrame(0, text.slice(size >> 1))
      expect(await client.next()).toEqual({ type: 'text', data: text })
    },
  )

  it('answers many messages of one chunk in order', async () => {
    const site = await serve({ engine }, (app) => app.api.turboWebsocket('/ws', { mode: 'echo' }))
    const client = await site.open('/ws')
    const texts = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(index % 90)}`)
    for (const text of texts) client.sendText(text)
    for (const text of texts) expect(await client.nextText()).toBe(text)
  })

  it('closes with 1007 for text that is not UTF-8', async () => {
    const site = await serve({ engine }, (app) => app.api.turboWebsocket('/ws', { mode: 'echo' }))
    const client = await site.open('/ws')
    client.sendText('fine')
    expect(await client.nextText()).toBe('fine')
    client.sendFrame(1, Buffer.from([0x61, 0xc3, 0x28]))
    expect(await client.nextClose()).toMatchObject({ code: 1007 })
  })

  it('MS-07 closes with 1009 above maxMessageSize', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.turboWebsocket('/ws', { mode: 'echo', limits: { maxMessageSize: 100 } }),
    )
    const client = await site.open('/ws')
    client.sendText('x'.repeat(100))
    expect((await client.nextText()).length).toBe(100)
    client.sendText('x'.repeat(101))
    expect(await client.nextClose()).toMatchObject({ code: 1009 })
  })

  it('MS-13 stops reading from a peer that does not read, and loses nothing', async () => {
    const site = await serve({ engine, limits: { backpressure: { highWaterMark: 4_096 } } }, (app) =>
      app.api.turboWebsocket('/ws', { mode: 'echo' }),
    )
    const client = await site.open('/ws')
    const texts = Array.from({ length: 400 }, (_, index) => `${index} `.padEnd(8_192, 'x'))
    for (const text of texts) client.sendText(text)
    for (const text of texts) expect(await client.nextText()).toBe(text)
  })
})

describe.each(ENGINES)('a turbo broadcast with the %s engine', (engine) => {
  it('sends every message to every member, the sender too', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.turboWebsocket('/ws', { mode: 'broadcast', responsePrefix: '> ' }),
    )
    const members = [await site.open('/ws'), await site.open('/ws'), await site.open('/ws')]
    members[1]?.sendText('ünï')
    members[1]?.sendBytes(Buffer.from([0, 255]))
    for (const member of members) {
      expect(await member.next()).toEqual({ type: 'text', data: '> ünï' })
      expect(await member.next()).toEqual({ type: 'binary', data: Buffer.from([0, 255]) })
    }
  })

  it('leaves the sender out with includeSender false', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.turboWebsocket('/ws', { mode: 'broadcast', includeSender: false }),
    )
    const [one, two] = [await site.open('/ws'), await site.open('/ws')]
    one.sendText('from one')
    expect(await two.nextText()).toBe('from one')
    two.sendText('from two')
    expect(await one.nextText()).toBe('from two')
    expect([await toldBeforePong(one), await toldBeforePong(two)]).toEqual([[], []])
  })

  it('keeps rooms apart: by the path with its parameters, if nothing else is said', async () => {
    const site = await serve({ engine }, (app) =>
      app.api.turboWebsocket('/ws/{room:bool}/{kind}', { mode: 'broadcast' }).turboWebsocket('/other/:room', {
        mode: 'broadcast',
      }),
    )
    const same = [await site.open('/ws/yes/a'), await site.open('/ws/true/a')]
    const others = await Promise.all(['/ws/no/a', '/ws/yes/b', '/other/true'].map((path) => site.open(path)))
    same[0]?.sendText('hello')
    for (const member of same) expect(await member.nextText()).toBe('hello')
    for (const other of others) expect(await toldBeforePong(other)).toEqual([])
  })

  it('shares a room between routes that name it alike', async () => {
    const site = await serve({ engine }, (app) =>
      app.api
        .turboWebsocket('/a/{id:int}', { mode: 'broadcast', room: 'room:{id}' })
        .turboWebsocket('/b/{on:bool}/{id}', { mode: 'broadcast', room: 'room:{id}' }),
    )
    const [a, b, other] = [await site.open('/a/7'), await site.open('/b/yes/7'), await site.open('/b/yes/8')]
    a.sendText('hello')
    expect([await a.nextText(), await b.nextText()]).toEqual(['hello', 'hello'])
    expect(await toldBeforePong(other)).toEqual([])
  })

  it('keeps tenants apart whose name is in the prefix', async () => {
    const site = await serve({ engine }, (app) =>
      app.register(
        async (child) => {
          child.api.turboWebsocket('/ws/{room:int}', { mode: 'broadcast' })
        },
        { prefix: '/:tenant' },
      ),
    )
    const [one, two, other] = [await site.open('/a/ws/1'), await site.open('/a/ws/1'), await site.open('/b/ws/1')]
    one.sendText('for a')
    expect(await two.nextText()).toBe('for a')
    expect(await toldBeforePong(other)).toEqual([])
  })

  it('keeps the order of each sender, and forgets a member that has left', async () => {
    const site = await serve({ engine }, (app) => app.api.turboWebsocket('/ws', { mode: 'broadcast' }))
    const members = await Promise.all(Array.from({ length: 5 }, () => site.open('/ws')))
    const [sender, reader, leaver] = members as [RawWebSocket, RawWebSocket, RawWebSocket]
    leaver.connection.destroy()
    const texts = Array.from({ length: 500 }, (_, index) => String(index))
    for (const text of texts) sender.sendText(text)
    for (const text of texts) expect(await reader.nextText()).toBe(text)
    for (const member of members) member.connection.destroy()
    await site.settled()
    expect(serverOf(site.app)?.rooms.size).toBe(0)
  })

  it('BP-02 closes a member that is too slow with 1013, and holds up no other', async () => {
    const site = await serve({ engine, limits: { closeTimeout: 50, backpressure: { highWaterMark: 65_536 } } }, (app) =>
      app.api.turboWebsocket('/ws', { mode: 'broadcast' }),
    )
    const [sender, reader] = [await site.open('/ws'), await site.open('/ws')]
    const slow = await site.open('/ws')
    slow.connection.socket.pause()
    const large = Buffer.alloc(60_000, 'x')
    let count = 0
    while (site.app.api.connections.size === 3) {
      sender.sendBytes(large)
      expect(await reader.next()).toMatchObject({ type: 'binary' })
      expect(await sender.next()).toMatchObject({ type: 'binary' })
      count++
    }
    expect(count).toBeGreaterThan(1)
    expect(site.app.api.connections.size).toBe(2)
  })
})
