import { describe, expect, it } from 'vitest'
import { createApp, inBothTransports } from './support.ts'

inBothTransports(({ connect, serve }) => {
  describe('Path', () => {
    it.each(['general', 'room-42'])('Path: single, other value with dash and digits: %s', async (name) => {
      const app = await createApp()
      app.api.websocket('/rooms/{room}', async (ws, { room }) => {
        await ws.accept()
        await ws.sendText(`Room: ${room}`)
      })
      await using ws = await connect(app, `/rooms/${name}`)

      expect(await ws.receiveText()).toBe(`Room: ${name}`)
    })

    it('Path: two params', async () => {
      const app = await createApp()
      app.api.websocket('/users/{user}/channels/{channel}', async (ws, { user, channel }) => {
        await ws.accept()
        await ws.sendJson({ user, channel })
      })
      await using ws = await connect(app, '/users/ada/channels/news')

      expect(await ws.receiveJson()).toEqual({ user: 'ada', channel: 'news' })
    })

    it('Path: int 42', async () => {
      const app = await createApp()
      app.api.websocket('/items/{id:int}', async (ws, { id }) => {
        await ws.accept()
        await ws.sendJson({ type: typeof id, next: id + 1 })
      })
      await using ws = await connect(app, '/items/42')

      expect(await ws.receiveJson()).toEqual({ type: 'number', next: 43 })
    })

    it('Path: float 19.99', async () => {
      const app = await createApp()
      app.api.websocket('/prices/{price:float}', async (ws, { price }) => {
        await ws.accept()
        await ws.sendJson({ type: typeof price, price })
      })
      await using ws = await connect(app, '/prices/19.99')

      expect(await ws.receiveJson()).toEqual({ type: 'number', price: 19.99 })
    })

    it.each([
      ['true', true],
      ['false', false],
      ['1', true],
    ])('Path: bool true/false/1: %s', async (text, value) => {
      const app = await createApp()
      app.api.websocket('/flags/{flag:bool}', async (ws, { flag }) => {
        await ws.accept()
        await ws.sendJson({ flag, raw: ws.rawParams.flag })
      })
      await using ws = await connect(app, `/flags/${text}`)

      expect(await ws.receiveJson()).toEqual({ flag: value, raw: text })
    })

    it('Path: annotated int and float', async () => {
      const app = await createApp()
      app.api.websocket('/orders/{count:int}/{price:float}', async (ws, { count, price }) => {
        await ws.accept()
        await ws.sendJson({ total: count * price })
      })
      await using ws = await connect(app, '/orders/3/2.5')

      expect(await ws.receiveJson()).toEqual({ total: 7.5 })
    })
  })

  describe('Query', () => {
    const greet = async () => {
      const app = await createApp()
      app.api.websocket('/greet', async (ws) => {
        await ws.accept()
        await ws.sendText(`Hello, ${ws.query.name ?? 'stranger'}`)
      })
      return app
    }

    it('Query: present', async () => {
      await using ws = await connect(await greet(), '/greet?name=Ada%20L')

      expect(await ws.receiveText()).toBe('Hello, Ada L')
    })

    it('Query: absent gives default', async () => {
      await using ws = await connect(await greet(), '/greet')

      expect(await ws.receiveText()).toBe('Hello, stranger')
    })
  })

  it('Headers: user-agent and custom header readable lower-case', async () => {
    const headers = { 'User-Agent': 'test/1.0', 'X-Custom-Header': 'CustomValue' }
    await using ws = await serve(
      async (ws) => {
        await ws.accept()
        await ws.sendJson([ws.headers['user-agent'], ws.headers['x-custom-header']])
      },
      { headers },
    )

    expect(await ws.receiveJson()).toEqual(['test/1.0', 'CustomValue'])
  })

  it('Headers: cookies are read by their exact names', async () => {
    await using ws = await serve(
      async (ws) => {
        await ws.accept()
        await ws.sendJson({ exact: ws.cookies.Session, lower: ws.cookies.session ?? 'none' })
      },
      { cookies: { Session: 'abc=1; x' } },
    )

    expect(await ws.receiveJson()).toEqual({ exact: 'abc=1; x', lower: 'none' })
  })

  it('State: accepted true/closed false while open, closed true after', async () => {
    const ws = await serve(async (ws) => {
      await ws.accept()
      await ws.closed
    })
    expect(ws).toMatchObject({ accepted: true, closed: false })
    await ws.close()

    expect(ws).toMatchObject({ accepted: true, closed: true, closeCode: 1000 })
  })
})
