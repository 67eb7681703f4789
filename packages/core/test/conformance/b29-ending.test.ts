import { describe, expect, it } from 'vitest'
import { createApp, inBothTransports, rejectionOf } from './support.ts'

inBothTransports(({ connect, serve }) => {
  describe('Close', () => {
    it('Close: server 1000 after a message, next receive raises with 1000', async () => {
      await using ws = await serve(async (ws) => {
        await ws.accept()
        await ws.sendText('Goodbye')
        await ws.close(1000)
      })

      expect(await ws.receiveText()).toBe('Goodbye')
      expect(await rejectionOf(ws.receiveText())).toMatchObject({ name: 'ConnectionClosed', code: 1000 })
    })

    it('Close: server 1011 immediately', async () => {
      await using ws = await serve(async (ws) => {
        await ws.accept()
        await ws.close(1011)
      })

      expect(await rejectionOf(ws.receiveText())).toMatchObject({ name: 'ConnectionClosed', code: 1011 })
    })

    it('Close: a handler that returns closes with 1000', async () => {
      await using ws = await serve((ws) => ws.accept())

      expect(await rejectionOf(ws.receive())).toMatchObject({ code: 1000, reason: '' })
    })
  })

  it('Concurrency: two open at once see counters 1 and 2', async () => {
    const app = await createApp()
    let counter = 0
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.sendJson(++counter)
      await ws.closed
    })
    await using first = await connect(app, '/ws')
    await using second = await connect(app, '/ws')

    expect(await first.receiveJson()).toBe(1)
    expect(await second.receiveJson()).toBe(2)
    expect(app.api.connections.size).toBe(2)
  })

  describe('Errors', () => {
    class ValueError extends Error {}
    const thrown = new ValueError('secret detail')

    it('Errors: handler ValueError surfaces in the test', async () => {
      const body = async () => {
        await using ws = await serve(async (ws) => {
          await ws.accept()
          await ws.receiveText()
          throw thrown
        })
        await ws.sendText('go')
        await rejectionOf(ws.receive())
      }

      expect(await rejectionOf(body())).toBe(thrown)
    })

    it('Errors: handler ValueError closes with 1011 and MS-04 tells the peer nothing else', async () => {
      await using ws = await serve(
        async (ws) => {
          await ws.accept()
          throw thrown
        },
        { raiseServerErrors: false },
      )

      expect(await rejectionOf(ws.receive())).toMatchObject({ code: 1011, reason: 'Internal error' })
    })

    it('Errors: handler ValueError before accept is a 500 that MS-04 tells the peer nothing else', async () => {
      const denial = await rejectionOf(serve(() => Promise.reject(thrown)))

      expect(denial).toMatchObject({ status: 500, body: { detail: 'Internal server error', code: 'ERR_INTERNAL' } })
      expect((denial as Error).cause).toBe(thrown)
    })

    it('Errors: handler finished before accept is a 500', async () => {
      expect(await rejectionOf(serve(async () => {}))).toMatchObject({ status: 500, stage: 'handler' })
    })
  })
})
