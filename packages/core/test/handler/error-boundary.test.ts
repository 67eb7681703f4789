import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { type CloseEvent, HttpDenial, WebSocketClose, type WebSocketConnection } from '../../src/index.ts'
import type { RawResponse } from '../support/raw-connection.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { upgradeRequest } from '../support/upgrade-request.ts'

const SECRET = 'postgres://user:hunter2@db/main'

/** Ways to fail in a callback, and whether each is an error of user code. */
const FAILURES: Record<string, () => unknown> = {
  'a throw': () => {
    throw new Error(SECRET)
  },
  'a rejection': async () => {
    throw new Error(SECRET)
  },
  'a rejection with undefined': () => Promise.reject(undefined),
  'a throw of text': () => {
    throw SECRET
  },
  'a late rejection': async () => {
    await new Promise(setImmediate)
    throw new TypeError(SECRET)
  },
  'a close with a code that may not be sent': () => {
    throw new WebSocketClose(1006, SECRET)
  },
  'an HTTP denial': () => {
    throw new HttpDenial(403, SECRET)
  },
}

describe.each(ENGINES)('what a handler throws, with the %s engine', (engine) => {
  function handlerErrors(site: AppSite): readonly { connection: unknown; route: unknown }[] {
    return site.log
      .filter(({ level, msg }) => level === 50 && msg === 'WebSocket handler failed')
      .map(({ connection, route }) => ({ connection, route }))
  }

  const serveWith = (declare: (app: FastifyInstance) => unknown) => serve({ engine }, declare)

  it.each(Object.keys(FAILURES))(
    'MS-01 MS-02 MS-04 %s in onMessage closes with 1011 and tells nothing',
    async (name) => {
      const fail = FAILURES[name] as () => unknown
      const ends: CloseEvent[] = []
      const ids: string[] = []
      const site = await serveWith((app) =>
        app.api.websocket('/ws', {
          onConnect: (ws) => void ids.push(ws.id),
          async onMessage(ws, { data }) {
            if (data === 'fail') await (fail() as Promise<void>)
            await ws.send(data)
          },
          onDisconnect: (_, event) => void ends.push(event),
        }),
      )
      const control = await site.open('/ws')
      for (const nth of [1, 2, 100]) {
        const client = await site.open('/ws')
        for (let count = 1; count < nth; count++) client.sendText(`fine ${count}`)
        client.sendText('fail')
        client.sendText('after')
        const told = await client.toEnd()
        expect(told).toHaveLength(nth)
        expect(told.at(-1)).toEqual({ type: 'close', code: 1011, reason: 'Internal error' })
      }
      control.sendText('still here')
      expect(await control.nextText()).toBe('still here')
      control.close()
      await site.settled()
      expect(ends.map(({ code, initiator }) => `${code} ${initiator}`)).toEqual([
        ...Array.from({ length: 3 }, () => '1011 server'),
        '1000 client',
      ])
      expect(handlerErrors(site)).toEqual(ids.slice(1).map((connection) => ({ connection, route: '/ws' })))
      expect(site.app.api.stats()).toMatchObject({ open: 0, accepted: 4, closed: 4, handlerErrors: 3 })
    },
  )

  it.each(Object.keys(FAILURES))('MS-01 MS-02 %s in a handler after accept closes with 1011', async (name) => {
    const site = await serveWith((app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await ws.receive()
        await (FAILURES[name] as () => unknown)()
      }),
    )
    const client = await site.open('/ws')
    client.sendText('fail')
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1011, reason: 'Internal error' }])
    expect(handlerErrors(site)).toHaveLength(1)
  })

  it('MS-02 two rejections end the connection once', async () => {
    const site = await serveWith((app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        void ws.receiveText()
        await Promise.all([Promise.reject(new Error('one')), Promise.reject(new Error('two'))])
      }),
    )
    const client = await site.open('/ws')
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1011, reason: 'Internal error' }])
    expect(handlerErrors(site)).toHaveLength(1)
  })

  it('MS-02 a rejection after the close is logged and changes nothing', async () => {
    const site = await serveWith((app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await ws.close(4000, 'done')
        await ws.closed
        throw new Error('too late')
      }),
    )
    const client = await site.open('/ws')
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 4000, reason: 'done' }])
    expect(await site.logged('WebSocket handler failed')).toHaveLength(1)
  })

  it('MS-03 a throw in onConnect closes with 1011, and onDisconnect still runs', async () => {
    const calls: string[] = []
    const site = await serveWith((app) =>
      app.api.websocket('/ws', {
        onConnect() {
          calls.push('connect')
          throw new Error(SECRET)
        },
        onMessage: () => void calls.push('message'),
        onDisconnect: (_, { code }) => void calls.push(`disconnect ${code}`),
      }),
    )
    const client = await site.open('/ws')
    client.sendText('x')
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1011, reason: 'Internal error' }])
    await site.settled()
    await site.logged('WebSocket handler failed')
    expect(calls).toEqual(['connect', 'disconnect 1011'])
    expect(handlerErrors(site)).toHaveLength(1)
  })

  it('MS-03 no message is handled after onConnect has failed, not even one that came before the close', async () => {
    const calls: string[] = []
    const disconnected = Promise.withResolvers<void>()
    const site = await serveWith((app) =>
      app.api.websocket('/ws', {
        async onConnect(ws) {
          await ws.closed
          throw new Error('late')
        },
        onMessage: () => void calls.push('message'),
        onDisconnect: () => disconnected.resolve(),
      }),
    )
    const client = await site.open('/ws')
    client.sendText('x')
    client.close()
    await disconnected.promise
    expect(calls).toEqual([])
  })

  it.each(['a throw', 'a late rejection'])(
    'MS-03 %s in onDisconnect is logged, and the place is free',
    async (name) => {
      const site = await serveWith((app) =>
        app.api.websocket('/ws', { onDisconnect: () => (FAILURES[name] as () => unknown)() as Promise<void> }),
      )
      const client = await site.open('/ws')
      client.close(1000)
      await client.toEnd()
      await site.settled()
      await site.logged('WebSocket handler failed')
      expect(handlerErrors(site)).toHaveLength(1)
      expect(site.app.api.connections.size).toBe(0)
    },
  )

  it.each([
    [new WebSocketClose(4321, 'my reason'), { code: 4321, reason: 'my reason' }],
    [new WebSocketClose(1000), { code: 1000, reason: '' }],
  ])('a WebSocketClose closes with its own code and is no error', async (error, close) => {
    const site = await serveWith((app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        throw error
      }),
    )
    const client = await site.open('/ws')
    expect(await client.toEnd()).toEqual([{ type: 'close', ...close }])
    expect(handlerErrors(site)).toEqual([])
  })

  it('a disconnect that nobody catches ends the handler quietly', async () => {
    const ended = Promise.withResolvers<CloseEvent>()
    const site = await serveWith((app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        void ws.closed.then(ended.resolve)
        for (;;) await ws.receive()
      }),
    )
    const client = await site.open('/ws')
    client.close(4002, 'gone')
    expect(await ended.promise).toEqual({ code: 4002, reason: 'gone', wasClean: true, initiator: 'client' })
    expect(handlerErrors(site)).toEqual([])
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })

  it('the disconnect of another connection is an error of this one', async () => {
    let other: WebSocketConnection | undefined
    const site = await serveWith((app) => {
      app.api.websocket('/other', {
        onConnect(ws) {
          other = ws
        },
      })
      app.api.websocket('/accepted', async (ws) => {
        await ws.accept()
        await other?.sendText('x')
      })
      app.api.websocket('/connecting', async () => {
        await other?.sendText('x')
      })
    })
    const gone = await site.open('/other')
    gone.close()
    await gone.toEnd()
    await site.settled()
    const client = await site.open('/accepted')
    expect(await client.toEnd()).toEqual([{ type: 'close', code: 1011, reason: 'Internal error' }])
    expect((await site.ask(upgradeRequest({ path: '/connecting' }))).status).toBe(500)
    expect(handlerErrors(site)).toHaveLength(2)
  })

  it('a message of the wrong kind that closed the connection is the fault of the peer, and no error', async () => {
    const site = await serveWith((app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await ws.receiveText()
      }),
    )
    const client = await site.open('/ws')
    client.sendBytes(Buffer.from('x'))
    expect(await client.toEnd()).toMatchObject([{ type: 'close', code: 1003 }])
    expect(handlerErrors(site)).toEqual([])
  })
})

describe.each(ENGINES)('what a handler throws before accept, with the %s engine', (engine) => {
  async function answerTo(
    run: (ws: WebSocketConnection) => unknown,
    declare: (app: FastifyInstance) => unknown = () => {},
  ): Promise<{ response: RawResponse; body: unknown; site: AppSite }> {
    const site = await serve({ engine }, (app) => {
      declare(app)
      app.api.websocket('/ws', async (ws) => {
        await run(ws)
      })
    })
    const response = await site.ask(upgradeRequest())
    return { response, body: JSON.parse(response.body), site }
  }

  const fail = (error: unknown) => () => Promise.reject(error)

  it('MS-04 an unknown error is a 500 that tells nothing', async () => {
    for (const error of [new Error(SECRET), SECRET, undefined, null, { detail: SECRET }, { statusCode: 200 }]) {
      const { response, body, site } = await answerTo(fail(error))
      expect(response.status).toBe(500)
      expect(body).toEqual({ detail: 'Internal server error', code: 'ERR_INTERNAL' })
      expect(response.lines.join()).not.toContain('hunter2')
      expect(site.app.api.stats().handlerErrors).toBe(1)
    }
  })

  it('an HttpDenial answers with its status, detail and headers', async () => {
    const { response, body, site } = await answerTo(
      fail(new HttpDenial(402, { owed: 5 }, { headers: { 'X-Owed': '5' } })),
    )
    expect(response.status).toBe(402)
    expect(response.headers['x-owed']).toBe('5')
    expect(response.headers.connection).toBe('close')
    expect(body).toEqual({ detail: { owed: 5 }, code: 'ERR_HANDLER_DENIED' })
    expect(site.app.api.stats().handlerErrors).toBe(0)
  })

  it('an HTTP error of Fastify keeps its status, and its text below 500', async () => {
    const { response, body } = await answerTo(fail(Object.assign(new Error('Pay first'), { statusCode: 402 })))
    expect(response.status).toBe(402)
    expect(body).toEqual({ detail: 'Pay first', code: 'ERR_HANDLER_DENIED' })
    const worse = await answerTo(fail(Object.assign(new Error(SECRET), { statusCode: 502 })))
    expect(worse.response.status).toBe(502)
    expect(worse.body).toEqual({ detail: 'Bad Gateway', code: 'ERR_INTERNAL' })
  })

  it('a handler that returns before accept is a 500 and a line in the log', async () => {
    const { response, site } = await answerTo(() => {})
    expect(response.status).toBe(500)
    expect(site.log.some(({ level, msg }) => level === 50 && msg === 'handler finished before accept')).toBe(true)
  })

  it('the error handler of the app answers, as it does for HTTP', async () => {
    const seen: unknown[] = []
    const handle = (app: FastifyInstance) =>
      app.setErrorHandler((error, _, reply) => {
        seen.push(error)
        return reply.code(418).send({ teapot: true })
      })
    const thrown = new Error('mine')
    const { response, body } = await answerTo(fail(thrown), handle)
    expect(response.status).toBe(418)
    expect(body).toEqual({ teapot: true })
    expect(seen).toEqual([thrown])
  })

  it('the error handler of the nearest instance answers', async () => {
    const site = await serve({ engine }, async (app) => {
      app.setErrorHandler((_, __, reply) => reply.code(501).send('root'))
      await app.register(async (child) => {
        child.api.websocket('/child', fail(new Error('x')))
        child.setErrorHandler((_, __, reply) => reply.code(502).send('child'))
      })
      app.api.websocket('/root', fail(new Error('x')))
    })
    expect((await site.ask(upgradeRequest({ path: '/child' }))).status).toBe(502)
    expect((await site.ask(upgradeRequest({ path: '/root' }))).status).toBe(501)
  })

  it('an error handler that itself throws still ends the handshake', async () => {
    const site = await serve({ engine }, (app) => {
      app.setErrorHandler(() => {
        throw new Error('handler of errors')
      })
      app.api.websocket('/ws', fail(new Error('x')))
    })
    expect((await site.ask(upgradeRequest())).status).toBe(500)
    await site.app.close()
  })
})
