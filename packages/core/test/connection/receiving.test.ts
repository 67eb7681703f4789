import { Opcode } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import type { RouteOptions, SluiceOptions, WebSocketConnection } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import type { RawWebSocket, Told } from '../support/raw-websocket.ts'
import { type AppSite, ENGINES, serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

type Call = (ws: WebSocketConnection) => Promise<unknown>

const bytes = (...values: number[]) => Buffer.from(values)

describe.each(ENGINES)('receiving with the %s engine', (engine) => {
  /** Opens one connection, whose handler accepts and then does this. */
  async function withHandler<T>(
    run: (ws: WebSocketConnection) => Promise<T>,
    route: RouteOptions = {},
    options: SluiceOptions = {},
  ): Promise<{ client: RawWebSocket; result: Promise<T>; site: AppSite }> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    promise.catch(() => {})
    const site = await serve({ engine, ...options }, (app) =>
      app.api.websocket('/ws', route, async (ws) => {
        await ws.accept()
        await run(ws).then(resolve, reject)
      }),
    )
    return { client: await site.open('/ws'), result: promise, site }
  }

  const KINDS = ['waiting', 'arrived'] as const

  /** What a receive makes of one message: one that it has waited for, or one that had arrived before. */
  async function receiveOne(
    kind: (typeof KINDS)[number],
    call: Call,
    send: (client: RawWebSocket) => void,
    route: RouteOptions = {},
  ): Promise<{ outcome: unknown; close: Told | undefined }> {
    const called = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    const { client, result } = await withHandler(async (ws) => {
      if (kind === 'arrived') await arrived.promise
      const outcome = outcomeOf(() => call(ws))
      called.resolve()
      const settled = await outcome
      return { outcome: settled, state: ws.state }
    }, route)
    const told: Told[] = []
    const toldUntil = async (...types: Told['type'][]) => {
      do told.push(await client.next())
      while (!types.includes(told.at(-1)?.type ?? 'end'))
    }
    if (kind === 'waiting') await called.promise
    send(client)
    // A pong tells that what was sent before it has arrived.
    client.sendFrame(Opcode.PING, 'arrived?')
    await toldUntil('pong', 'close')
    arrived.resolve()
    const { outcome, state } = await result
    if (state !== 'open' && told.at(-1)?.type !== 'close') await toldUntil('close')
    return { outcome, close: told.find(({ type }) => type === 'close') }
  }

  const sendText = (text: string) => (client: RawWebSocket) => client.sendText(text)
  const sendBytes =
    (...values: number[]) =>
    (client: RawWebSocket) =>
      client.sendBytes(bytes(...values))

  describe.each(KINDS)('a message that is %s', (kind) => {
    it.each([
      ['receive', (ws: WebSocketConnection) => ws.receive(), sendText('é'), { type: 'text', data: 'é' }],
      ['receive', (ws: WebSocketConnection) => ws.receive(), sendBytes(1, 2), { type: 'binary', data: bytes(1, 2) }],
      ['receive', (ws: WebSocketConnection) => ws.receive(), sendText(''), { type: 'text', data: '' }],
      ['receive', (ws: WebSocketConnection) => ws.receive(), sendBytes(), { type: 'binary', data: bytes() }],
      ['receiveText', (ws: WebSocketConnection) => ws.receiveText(), sendText(''), ''],
      ['receiveBytes', (ws: WebSocketConnection) => ws.receiveBytes(), sendBytes(), bytes()],
      [
        'receiveJson',
        (ws: WebSocketConnection) => ws.receiveJson(),
        sendText('{"a":[1,null,"é"]}'),
        { a: [1, null, 'é'] },
      ],
      ['receiveJson', (ws: WebSocketConnection) => ws.receiveJson(), sendText('null'), null],
      [
        'receiveJson binary',
        (ws: WebSocketConnection) => ws.receiveJson({ mode: 'binary' }),
        sendBytes(...Buffer.from('["é"]')),
        ['é'],
      ],
    ] as const)('%s gives it', async (_, call, send, value) => {
      const { outcome, close } = await receiveOne(kind, call, send)
      expect(outcome).toEqual(value)
      expect(close).toBeUndefined()
    })

    const WRONG = [
      ['receiveText', (ws: WebSocketConnection) => ws.receiveText(), sendBytes(65), 'A', 'text'],
      ['receiveBytes', (ws: WebSocketConnection) => ws.receiveBytes(), sendText('A'), bytes(65), 'binary'],
      ['receiveJson', (ws: WebSocketConnection) => ws.receiveJson(), sendBytes(53), 5, 'text'],
      [
        'receiveJson binary',
        (ws: WebSocketConnection) => ws.receiveJson({ mode: 'binary' }),
        sendText('5'),
        5,
        'binary',
      ],
      [
        'iterText',
        (ws: WebSocketConnection) => ws.iterText().next(),
        sendBytes(65),
        { value: 'A', done: false },
        'text',
      ],
      [
        'iterBytes',
        (ws: WebSocketConnection) => ws.iterBytes().next(),
        sendText('A'),
        { value: bytes(65), done: false },
        'binary',
      ],
      ['iterJson', (ws: WebSocketConnection) => ws.iterJson().next(), sendBytes(53), { value: 5, done: false }, 'text'],
    ] as const

    it.each(WRONG)('MS-12 of the wrong kind: %s throws and closes with 1003', async (_, call, send, __, expected) => {
      const { outcome, close } = await receiveOne(kind, call, send)
      expect(outcome).toBe('UnsupportedDataError ERR_UNSUPPORTED_DATA')
      expect(close).toEqual({ type: 'close', code: 1003, reason: `Expected a ${expected} message` })
    })

    it.each(WRONG)("MS-12 of the wrong kind: %s only throws with 'throw'", async (_, call, send) => {
      const { outcome, close } = await receiveOne(kind, call, send, { onWrongType: 'throw' })
      expect(outcome).toBe('UnsupportedDataError ERR_UNSUPPORTED_DATA')
      expect(close).toBeUndefined()
    })

    it.each(WRONG)("MS-12 of the wrong kind: %s converts it with 'coerce'", async (_, call, send, value) => {
      const { outcome, close } = await receiveOne(kind, call, send, { onWrongType: 'coerce' })
      expect(outcome).toEqual(value)
      expect(close).toBeUndefined()
    })

    const BAD_JSON = ['{', '', '\0', '{"a":NaN}', 'undefined', "{'a':1}", '[1,]', '{"__proto__":{"x":1}}']

    it.each(BAD_JSON)('MS-08 the bad JSON %j throws and closes with 1007', async (text) => {
      const { outcome, close } = await receiveOne(kind, (ws) => ws.receiveJson(), sendText(text))
      expect(outcome).toBe('InvalidJsonError ERR_INVALID_JSON')
      expect(close).toEqual({ type: 'close', code: 1007, reason: 'Invalid JSON' })
    })

    it("MS-08 bad JSON only throws with 'throw'", async () => {
      const { outcome, close } = await receiveOne(kind, (ws) => ws.receiveJson(), sendText('{'), {
        onInvalidJson: 'throw',
      })
      expect(outcome).toBe('InvalidJsonError ERR_INVALID_JSON')
      expect(close).toBeUndefined()
    })

    it("MS-08 bad JSON is answered with 'reply', without an echo, and the receive waits on", async () => {
      const { outcome, close } = await receiveOne(
        kind,
        (ws) => ws.receiveJson(),
        (client) => {
          for (const text of ['{"secret', '<script>', '{"fine":true}']) client.sendText(text)
        },
        { onInvalidJson: 'reply' },
      )
      expect(outcome).toEqual({ fine: true })
      expect(close).toBeUndefined()
    })

    it.each([
      '{"__proto__":{"polluted":1}}',
      '{"a":{"__proto__":{"polluted":1}}}',
      '{"\\u005f_proto__":{"polluted":1}}',
      '{"_\\u005Fproto\\u005f_":{"polluted":1}}',
      '{"constructor":{"prototype":{"polluted":1}}}',
      `${'['.repeat(50)}{"__proto__":{"polluted":1}}${']'.repeat(50)}`,
    ])('MS-09 a key that pollutes is refused: %s', async (text) => {
      const { outcome } = await receiveOne(kind, (ws) => ws.receiveJson(), sendText(text))
      expect(outcome).toBe('InvalidJsonError ERR_INVALID_JSON')
      expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    })

    it('MS-09 a key that only looks like one is kept', async () => {
      const value = { constructor: 'Ford', prototype: 1, proto: 2 }
      const { outcome } = await receiveOne(kind, (ws) => ws.receiveJson(), sendText(JSON.stringify(value)))
      expect(outcome).toEqual(value)
    })
  })

  it("MS-08 'reply' says what is wrong and nothing of the input", async () => {
    const { client } = await withHandler((ws) => ws.receiveJson(), { onInvalidJson: 'reply' })
    client.sendText('{"token":"hunter2"')
    expect(await client.nextText()).toBe('{"type":"error","code":"invalid_json"}')
    client.close()
  })

  it('MS-09 what was parsed pollutes nothing when it is spread, assigned or merged', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const value = (await ws.receiveJson()) as object
      return { spread: { ...value }, assigned: Object.assign({}, value) }
    })
    client.sendText('{"constructor":{"name":"x"},"toString":1}')
    await result
    expect(Object.keys(Object.prototype)).toEqual([])
    client.close()
  })

  it('refuses another mode of JSON', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const outcomes = [
        await outcomeOf(() => ws.receiveJson({ mode: 'utf8' as never })),
        await outcomeOf(() => ws.iterJson({ mode: 'blob' as never })),
        await outcomeOf(() => ws.sendJson(1, { mode: null as never })),
      ]
      return [...outcomes, ws.state]
    })
    expect(await result).toEqual([...Array(3).fill('SluiceError ERR_INVALID_OPTION'), 'open'])
    client.close()
  })

  it('serves receives that wait together in their order', async () => {
    const asked = Promise.withResolvers<void>()
    const { client, result } = await withHandler(async (ws) => {
      const receives = [ws.receiveText(), ws.receiveBytes(), ws.receiveJson(), ws.receive()]
      asked.resolve()
      return Promise.all(receives)
    })
    await asked.promise
    client.sendText('one')
    client.sendBytes(bytes(2))
    client.sendText('3')
    client.sendText('four')
    expect(await result).toEqual(['one', bytes(2), 3, { type: 'text', data: 'four' }])
  })

  it('keeps messages that come before the first receive, the last ones before a close too', async () => {
    const { client, result } = await withHandler(async (ws) => {
      await ws.closed
      const texts: string[] = []
      for await (const text of ws.iterText()) texts.push(text)
      return [...texts, await outcomeOf(() => ws.receive())]
    })
    for (const text of ['1', '2', '3']) client.sendText(text)
    client.close(4000, 'bye')
    expect(await result).toEqual(['1', '2', '3', 'WebSocketDisconnect 4000'])
  })

  it('gives up after a timeout, and the next receive gets the message', async () => {
    const clock = new VirtualClock()
    const { client, result } = await withHandler(
      async (ws) => {
        const first = await outcomeOf(() => ws.receiveText({ timeout: 300 }))
        void ws.sendText('timed out')
        return [first, await ws.receiveText({ timeout: 300 }), clock.delays]
      },
      {},
      { clock, limits: { heartbeat: false } },
    )
    await clock.timer(300)
    clock.advance(299)
    clock.advance(1)
    expect(await client.nextText()).toBe('timed out')
    client.sendText('late')
    expect(await result).toEqual(['TimeoutError ERR_TIMEOUT', 'late', []])
  })

  it('gives up with the reason of a signal, and leaves no listener on it', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const controller = new AbortController()
      const receive = ws.receive({ signal: controller.signal })
      controller.abort(new RangeError('enough'))
      const outcomes = [
        await receive.catch((reason: Error) => reason.message),
        await ws.receive({ signal: controller.signal }).catch((reason: Error) => reason.message),
      ]
      const listeners = { added: 0, removed: 0 }
      const fresh = new AbortController()
      const add = fresh.signal.addEventListener.bind(fresh.signal)
      const remove = fresh.signal.removeEventListener.bind(fresh.signal)
      fresh.signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners.added++
        add(...args)
      }
      fresh.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners.removed++
        remove(...args)
      }
      void ws.sendText('go')
      return [...outcomes, await ws.receiveText({ signal: fresh.signal }), listeners]
    })
    expect(await client.nextText()).toBe('go')
    client.sendText('answer')
    expect(await result).toEqual(['enough', 'enough', 'answer', { added: 1, removed: 1 }])
  })

  it('MS-16 ends loops quietly at the close, whatever the code', async () => {
    for (const code of [1000, 1001, 4000]) {
      const { client, result } = await withHandler(async (ws) => {
        const texts: string[] = []
        for await (const { data } of ws) texts.push(String(data))
        return texts
      })
      client.sendText('only')
      client.close(code)
      expect(await result).toEqual(['only'])
    }
  })

  it('MS-16 can break, return and throw out of a loop, and begin another', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const texts: string[] = []
      for await (const text of ws.iterText()) {
        texts.push(text)
        break
      }
      try {
        for await (const text of ws.iterText()) {
          texts.push(text)
          throw new Error('out')
        }
      } catch {
        texts.push('caught')
      }
      const iterator = ws.iterText()
      texts.push(String((await iterator.next()).value))
      expect(await iterator.return?.()).toEqual({ value: undefined, done: true })
      for await (const text of ws.iterText()) texts.push(text)
      return texts
    })
    for (const text of ['1', '2', '3', '4']) client.sendText(text)
    client.close()
    expect(await result).toEqual(['1', '2', 'caught', '3', '4'])
  })

  it('MS-16 ends a loop that waits when the peer resets', async () => {
    const { client, result } = await withHandler(async (ws) => {
      for await (const _ of ws) void ws.sendText('go on')
      return (await ws.closed).code
    })
    client.sendText('x')
    await client.nextText()
    client.connection.reset()
    expect(await result).toBe(1006)
  })

  it('reads messages in fragments, and controls between them', async () => {
    const { client, result } = await withHandler((ws) => ws.receiveText())
    client.sendFrame(Opcode.TEXT, 'a', { fin: false })
    client.sendFrame(Opcode.PING, 'between')
    client.sendFrame(Opcode.CONTINUATION, '', { fin: false })
    client.sendFrame(Opcode.CONTINUATION, 'b')
    expect(await client.next()).toEqual({ type: 'pong', data: 'between' })
    expect(await result).toBe('ab')
  })

  it('gives bytes that belong to the handler', async () => {
    const { client, result } = await withHandler(async (ws) => {
      const kept = [await ws.receiveBytes(), await ws.receiveBytes()]
      const copies = kept.map((buffer) => Buffer.from(buffer))
      for (let count = 0; count < 50; count++) await ws.receiveBytes()
      return kept.every((buffer, index) => buffer.equals(copies[index] as Buffer))
    })
    for (let count = 0; count < 52; count++) client.sendBytes(Buffer.alloc(30, count))
    expect(await result).toBe(true)
  })
})
