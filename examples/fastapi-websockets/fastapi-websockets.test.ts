import { WebSocketTestClient } from '@sluice/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { Database } from './database.ts'
import { build } from './fastapi-websockets.ts'
import { database } from './items.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

describe.each(['memory', 'socket'] as const)('over %s', (transport) => {
  it('sends every text back', async () => {
    await using app = await build()
    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    await ws.sendText('hello')
    expect(await ws.receiveText()).toBe('You sent: hello')
  })

  describe('an item', () => {
    const path = '/items/plumbus/ws'

    it.each([
      ['cookie', { cookies: { session: 'c-7' } }, 'c-7'],
      ['query', { query: { token: 't-7' } }, 't-7'],
      ['cookie', { cookies: { session: 'c-7' }, query: { token: 't-7' } }, 'c-7'],
    ])('is shown to a client with a session in the %s', async (from, options, value) => {
      await using app = await build()
      await using ws = await WebSocketTestClient.connect(app, path, { transport, ...options })
      expect(await ws.receiveText()).toBe(`Your session is ${value}, from the ${from}`)
      await ws.sendText('nice')
      expect(await ws.receiveText()).toBe('plumbus is a plumbus; you said nice')
    })

    it('is shown with what stands in the query', async () => {
      await using app = await build()
      const session = { cookies: { session: 'c-7' } }
      await using ws = await WebSocketTestClient.connect(app, path, { transport, query: { q: 5 }, ...session })
      await ws.receiveText()
      expect(await ws.receiveText()).toBe('q is 5')
      const wrong = WebSocketTestClient.connect(app, path, { transport, query: { q: 'five' }, ...session })
      await expect(wrong).rejects.toMatchObject({ status: 422 })
    })

    it('is denied to a client without a session', async () => {
      await using app = await build()
      await expect(WebSocketTestClient.connect(app, path, { transport })).rejects.toMatchObject({
        status: 401,
        detail: 'A session cookie or a token is needed',
        stage: 'dependencies',
      })
    })

    it('that nobody knows is not found', async () => {
      await using app = await build()
      const client = WebSocketTestClient.connect(app, '/items/unicorn/ws', { transport, query: { token: 't-7' } })
      await expect(client).rejects.toMatchObject({ status: 404, detail: 'No such item' })
    })

    it('leaves no database open, whatever became of the connections', async () => {
      {
        await using app = await build()
        const options = { transport, query: { token: 't-7' } }
        const [first, second] = [
          await WebSocketTestClient.connect(app, path, options),
          await WebSocketTestClient.connect(app, path, options),
        ]
        expect(Database.open).toBeGreaterThan(0)
        await first.close()
        second.terminate()
        await WebSocketTestClient.connect(app, '/items/unicorn/ws', options).catch(() => {})
      }
      expect(Database.open).toBe(0)
    })

    it('comes from another database in a test', async () => {
      await using app = await build()
      const fake = () => ({ nameOf: async (item: string) => `${item} of a test` })
      for (const overrides of [{ database: fake }, [[database, fake]] as const]) {
        const options = { transport, query: { token: 't-7' }, overrides }
        await using ws = await WebSocketTestClient.connect(app, '/items/unicorn/ws', options)
        await ws.receiveText()
        await ws.sendText('so it is')
        expect(await ws.receiveText()).toBe('unicorn is unicorn of a test; you said so it is')
      }
    })
  })

  describe('the lobby', () => {
    it('tells the others what one says, and that he left', async () => {
      await using app = await build()
      await using ada = await WebSocketTestClient.connect(app, '/ws/1', { transport })
      const bob = await WebSocketTestClient.connect(app, '/ws/2', { transport })
      const cleo = await WebSocketTestClient.connect(app, '/ws/3', { transport })

      await bob.sendText('hello')
      expect(await bob.receiveText()).toBe('You: hello')
      expect(await ada.receiveText()).toBe('Client 2: hello')
      expect(await cleo.receiveText()).toBe('Client 2: hello')

      await bob.close()
      expect(await ada.receiveText()).toBe('Client 2 has left')
      cleo.terminate()
      expect(await ada.receiveText()).toBe('Client 3 has left')
    })

    it('denies who is no number', async () => {
      await using app = await build()
      await expect(WebSocketTestClient.connect(app, '/ws/ada', { transport })).rejects.toMatchObject({ status: 422 })
    })
  })
})
