import type { WebSocketRouteOptions } from '@sluice/core'
import type { TestClientOptions } from '@sluice/testing'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { createApp, inBothTransports } from './support.ts'

inBothTransports(({ connect }) => {
  /** What the handler of a route with these schemas is given. */
  async function given(route: WebSocketRouteOptions, target: string, peer: TestClientOptions = {}): Promise<unknown> {
    const app = await createApp()
    app.api.websocket('/ws', route, async (ws) => {
      await ws.accept()
      const { query, headers, cookies } = ws
      await ws.sendJson({
        ...(route.query && { query }),
        ...(route.headers && { headers }),
        ...(route.cookies && { cookies }),
      })
    })
    await using ws = await connect(app, target, peer)
    return ws.receiveJson()
  }

  describe('Query', () => {
    const query = Type.Object({ q: Type.String(), limit: Type.Integer({ default: 10 }) })

    it('Query: injected required + int default', async () => {
      expect(await given({ query }, '/ws?q=tea')).toEqual({ query: { q: 'tea', limit: 10 } })
      expect(await given({ query }, '/ws?q=tea&limit=25')).toEqual({ query: { q: 'tea', limit: 25 } })
      await expect(given({ query }, '/ws')).rejects.toMatchObject({
        status: 422,
        detail: [{ loc: ['query', 'q'], msg: 'Field required', type: 'missing', input: null }],
      })
    })
  })

  describe('Headers', () => {
    it('Query: header injected', async () => {
      const headers = Type.Object({ x_custom_header: Type.String() })
      const peer = { headers: { 'X-Custom-Header': 'CustomValue' } }
      expect(await given({ headers }, '/ws', peer)).toEqual({ headers: { x_custom_header: 'CustomValue' } })
    })

    it('Query: header default', async () => {
      const headers = Type.Object({ x_custom_header: Type.String({ default: 'none' }) })
      expect(await given({ headers }, '/ws')).toEqual({ headers: { x_custom_header: 'none' } })
    })

    it('Query: header alias', async () => {
      const headers = Type.Object({ token: Type.String({ alias: 'X-Auth-Token' }) })
      const peer = { headers: { 'x-auth-token': 'abc' } }
      expect(await given({ headers }, '/ws', peer)).toEqual({ headers: { token: 'abc' } })
    })
  })

  describe('Cookies', () => {
    it('Query: cookie injected', async () => {
      const cookies = Type.Object({ session_id: Type.String() })
      const peer = { cookies: { session_id: 'abc' } }
      expect(await given({ cookies }, '/ws', peer)).toEqual({ cookies: { session_id: 'abc' } })
    })

    it('Query: cookie default', async () => {
      const cookies = Type.Object({ theme: Type.String({ default: 'light' }) })
      expect(await given({ cookies }, '/ws')).toEqual({ cookies: { theme: 'light' } })
    })

    it('Query: cookie alias', async () => {
      const cookies = Type.Object({ session: Type.String({ alias: 'session-id' }) })
      const peer = { cookies: { 'session-id': 'abc' } }
      expect(await given({ cookies }, '/ws', peer)).toEqual({ cookies: { session: 'abc' } })
    })
  })

  it('Query: all four mixed with an int path param', async () => {
    const app = await createApp()
    app.api.websocket(
      '/items/{item_id:int}',
      {
        query: Type.Object({ q: Type.String(), limit: Type.Integer({ default: 10 }) }),
        headers: Type.Object({ user_agent: Type.String() }),
        cookies: Type.Object({ session: Type.String({ alias: 'session-id' }) }),
      },
      async (ws, { item_id }) => {
        await ws.accept()
        await ws.sendJson({ next: item_id + 1, ...ws.query, ...ws.headers, ...ws.cookies })
      },
    )
    const peer = { headers: { 'User-Agent': 'test/1.0' }, cookies: { 'session-id': 'abc' } }
    await using ws = await connect(app, '/items/41?q=tea', peer)

    expect(await ws.receiveJson()).toEqual({ next: 42, q: 'tea', limit: 10, user_agent: 'test/1.0', session: 'abc' })
  })
})
