import type { WebSocketConnection } from '@sluice/core'
import { acceptValueOf, encodeFrame, Opcode } from '@sluice/protocol'
import { describe, expect, it, vi } from 'vitest'
import { ConnectionClosed, TimeoutError } from '../src/errors.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp, createRawApp } from './support/app.ts'

type Handler = (ws: WebSocketConnection) => Promise<void>

/** The error of a promise that rejects. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it did not reject'),
    (error: unknown) => error,
  )
}

describe.each(['memory', 'socket'] as const)('WebSocketTestConnection over %s', (transport) => {
  async function createClient(handler: Handler): Promise<WebSocketTestClient> {
    const app = await createApp()
    app.api.websocket('/ws', handler)
    return new WebSocketTestClient(app, '/ws', { transport })
  }

  const connectTo = async (handler: Handler) => (await createClient(handler)).connect()

  const echo: Handler = async (ws) => {
    await ws.accept()
    for await (const { data } of ws) await ws.send(data)
  }

  it('sends and receives text, bytes and JSON', async () => {
    await using ws = await connectTo(echo)
    await ws.sendText('héllo 🎉')
    await ws.sendBytes(new Uint8Array([0, 255]))
    await ws.sendJson({ n: [1] })
    await ws.sendJson({ b: true }, { mode: 'binary' })
    await ws.sendText('')

    expect(await ws.receiveText()).toBe('héllo 🎉')
    expect(await ws.receiveBytes()).toEqual(Buffer.from([0, 255]))
    expect(await ws.receiveJson()).toEqual({ n: [1] })
    expect(await ws.receiveJson({ mode: 'binary' })).toEqual({ b: true })
    expect(await ws.receive()).toEqual({ type: 'text', data: '' })
  })

  it('sends a message larger than every buffer on the way', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      const bytes = await ws.receiveBytes()
      for (let count = 0; count < 4; count++) await ws.sendBytes(bytes)
    })
    const bytes = Buffer.alloc(1_000_000, 'sluice')
    await ws.sendBytes(bytes)

    for (let count = 0; count < 4; count++) expect(bytes.equals(await ws.receiveBytes())).toBe(true)
  })

  it('throws what the handler threw long after the end of the connection', async () => {
    const { promise: night, resolve: dawn } = Promise.withResolvers<void>()
    const stay = async () => {
      await using ws = await connectTo(async (ws) => {
        await ws.accept()
        await night
        throw new TypeError('woken')
      })
      await ws.close()
      setImmediate(dawn)
    }

    await expect(stay()).rejects.toThrow('woken')
  })

  it('TC-02 names a handler that never ends', async () => {
    const { promise: night, resolve: dawn } = Promise.withResolvers<void>()
    const app = await createApp()
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await night
    })
    const leave = async () => {
      await using ws = await WebSocketTestClient.connect(app, '/ws', { transport, timeout: 100 })
      await ws.close()
    }

    await expect(leave()).rejects.toThrow('the handler was still running after the end of its connection on /ws')
    dawn()
  })

  it('serves receives first come, first served', async () => {
    await using ws = await connectTo(echo)
    const receives = Promise.all([ws.receiveText(), ws.receiveText(), ws.receiveText()])
    for (const text of ['a', 'b', 'c']) await ws.sendText(text)

    expect(await receives).toEqual(['a', 'b', 'c'])
  })

  it('throws where the kind is wrong, and names both', async () => {
    await using ws = await connectTo(echo)
    await ws.sendText('text')
    await ws.sendBytes(Buffer.from('bytes'))

    await expect(ws.receiveBytes()).rejects.toThrow('expected a binary message, got text "text"')
    await expect(ws.receiveText()).rejects.toThrow('expected a text message, got binary of 5 bytes')
  })

  it('refuses what cannot be sent', async () => {
    await using ws = await connectTo(echo)

    await expect(ws.sendText(5 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_PAYLOAD' })
    await expect(ws.sendBytes('text' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_PAYLOAD' })
    await expect(ws.sendJson(undefined)).rejects.toMatchObject({ code: 'ERR_INVALID_PAYLOAD' })
    await expect(ws.sendJson(1, { mode: 'bytes' as never })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(ws.ping(Buffer.alloc(126))).rejects.toMatchObject({ code: 'ERR_INVALID_PAYLOAD' })
    await expect(ws.close(1006)).rejects.toMatchObject({ code: 'ERR_INVALID_CLOSE_CODE' })
    await expect(ws.receive({ timout: 5 } as object)).rejects.toMatchObject({ code: 'ERR_UNKNOWN_OPTION' })
  })

  it('TC-02 gives up a receive after its timeout, and the message goes to the next', async () => {
    await using ws = await connectTo(echo)

    const error = await errorOf(ws.receiveText({ timeout: 10 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(String(error)).toContain('no message arrived on /ws within 10 ms')
    await ws.sendText('late')
    expect(await ws.receiveText()).toBe('late')
  })

  it('gives the messages before the end, then the end, as often as it is asked', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      await ws.sendText('last')
      await ws.close(4321, 'because')
    })

    expect(await ws.receiveText()).toBe('last')
    for (let count = 0; count < 2; count++) {
      expect(await errorOf(ws.receive())).toMatchObject({ name: 'ConnectionClosed', code: 4321, reason: 'because' })
    }
    expect(ws).toMatchObject({ closed: true, closeCode: 4321, closeReason: 'because' })
  })

  it('ends receives and pings that wait', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      await ws.receive()
      ws.terminate()
    })
    const waiting = [ws.receiveText(), ws.receiveJson()].map(errorOf)
    await ws.sendText('go')

    expect(await Promise.all(waiting)).toMatchObject([{ code: 1006 }, { code: 1006 }])
    await expect(ws.ping()).rejects.toBeInstanceOf(ConnectionClosed)
  })

  it('throws when something is sent after the end', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      await ws.close(4000)
    })
    await errorOf(ws.receive())

    await expect(ws.sendText('too late')).rejects.toMatchObject({ name: 'ConnectionClosed', code: 4000 })
    await expect(ws.sendFrame(Buffer.from([0]))).rejects.toBeInstanceOf(ConnectionClosed)
  })

  it('iterates until the end', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      for (const text of ['1', '2', '3']) await ws.sendText(text)
      for (const text of ['4', '5']) await ws.sendBytes(Buffer.from(text))
    })
    const received: unknown[] = []
    for await (const value of ws.iterJson()) {
      received.push(value)
      if (value === 2) break
    }
    received.push(await ws.receiveText())
    for await (const bytes of ws.iterBytes()) received.push(bytes.toString())

    expect(received).toEqual([1, 2, '3', '4', '5'])
  })

  it('stops iterating at a message of the wrong kind or when none comes', async () => {
    await using ws = await connectTo(echo)
    await ws.sendBytes(Buffer.from([1]))

    await expect(ws.iterText().next()).rejects.toMatchObject({ code: 'ERR_MESSAGE_KIND' })
    await expect(ws.iterText({ timeout: 5 }).next()).rejects.toBeInstanceOf(TimeoutError)
  })

  it('pings, and answers pings', async () => {
    await using ws = await connectTo(async (ws) => {
      await ws.accept()
      await ws.sendText(String(await ws.ping('from the server')))
      await ws.closed
    })

    expect(Number(await ws.receiveText())).toBeGreaterThanOrEqual(0)
    expect(await Promise.all([ws.ping(), ws.ping('twice'), ws.ping('twice')])).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ])
  })

  it('writes raw bytes as they are', async () => {
    await using ws = await connectTo(echo)
    const frame = encodeFrame(Opcode.TEXT, 'in pieces', { mask: 0x01020304 })
    const copy = Buffer.from(frame)
    for (const byte of frame) await ws.sendFrame(Buffer.from([byte]))

    expect(await ws.receiveText()).toBe('in pieces')
    expect(frame).toEqual(copy)
    await ws.sendFrame(encodeFrame(Opcode.TEXT, 'not masked'))
    await expect(ws.receive()).rejects.toMatchObject({ code: 1002 })
  })

  it('completes the closing handshake', async () => {
    let event: unknown
    const ws = await connectTo(async (ws) => {
      await ws.accept()
      event = await ws.closed
    })
    expect(ws).toMatchObject({ accepted: true, closed: false, closeCode: null, closeReason: null })
    await ws.close(4001, 'done')
    await ws.close(1000)

    expect(event).toEqual({ code: 4001, reason: 'done', wasClean: true, initiator: 'client' })
    expect(ws).toMatchObject({ accepted: true, closed: true, closeCode: 4001 })
    await ws[Symbol.asyncDispose]()
  })

  it('closes without a code', async () => {
    let code: number | undefined
    const ws = await connectTo(async (ws) => {
      await ws.accept()
      code = (await ws.closed).code
    })
    await ws.close(1005)
    await ws[Symbol.asyncDispose]()

    expect(code).toBe(1005)
  })

  it('TC-02 cuts a connection whose server does not answer the close', async () => {
    const app = createRawApp(
      (key) =>
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptValueOf(key)}\r\n\r\n`,
      { ends: false },
    )
    const ws = await WebSocketTestClient.connect(app, '/ws', { transport, timeout: 400 })

    await expect(ws.close()).rejects.toThrow('the server did not complete the closing handshake on /ws within 400 ms')
    await ws[Symbol.asyncDispose]()
    expect(ws.closeCode).toBe(1006)
  })

  it('cuts the connection', async () => {
    let event: unknown
    const ws = await connectTo(async (ws) => {
      await ws.accept()
      event = await ws.closed
    })
    ws.terminate()
    await ws[Symbol.asyncDispose]()

    expect(event).toMatchObject({ code: 1006, wasClean: false })
    expect(ws.closeCode).toBe(1006)
  })

  it('closes with 1000 when it is disposed of, and waits for the server', async () => {
    const ended = vi.fn()
    {
      await using _ws = await connectTo(async (ws) => {
        await ws.accept()
        ended((await ws.closed).code)
      })
    }

    expect(ended.mock.calls).toEqual([[1000]])
  })

  it('throws what the handler threw when it is disposed of', async () => {
    const thrown = new Error('a bug')
    const ws = await connectTo(async (ws) => {
      await ws.accept()
      await ws.receive()
      throw thrown
    })
    await ws.sendText('go')
    const closed = await errorOf(ws.receive())

    expect(closed).toMatchObject({ name: 'ConnectionClosed', code: 1011, reason: 'Internal error' })
    expect((closed as Error).cause).toBe(thrown)
    expect(await errorOf(ws[Symbol.asyncDispose]())).toBe(thrown)
  })

  it('throws what a handler threw because the connection ended', async () => {
    const thrown = new Error('a bug in the clean-up')
    const ws = await connectTo(async (ws) => {
      await ws.accept()
      await ws.closed
      throw thrown
    })

    expect(await errorOf(ws[Symbol.asyncDispose]())).toBe(thrown)
  })

  it('throws several errors as one', async () => {
    const app = await createApp()
    const [first, second] = [new Error('first'), new Error('second')]
    app.api.websocket('/ws', { onMessage: () => Promise.reject(first), onDisconnect: () => Promise.reject(second) })
    const ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    await ws.sendText('go')
    await errorOf(ws.receive())

    expect(await errorOf(ws[Symbol.asyncDispose]())).toEqual(
      new AggregateError([first, second], 'several errors on the connection to /ws'),
    )
  })

  it('keeps the error of the test beside that of the handler', async () => {
    const [ours, theirs] = [new Error('of the test'), new Error('of the handler')]
    const body = async () => {
      await using ws = await connectTo(async (ws) => {
        await ws.accept()
        throw theirs
      })
      await errorOf(ws.receive())
      throw ours
    }

    expect(await errorOf(body())).toMatchObject({ name: 'SuppressedError', error: theirs, suppressed: ours })
  })

  it('keeps the error of the handler to itself where the test asks for it', async () => {
    const app = await createApp()
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      throw new Error('wanted')
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport, raiseServerErrors: false })

    await expect(ws.receive()).rejects.toMatchObject({ code: 1011 })
  })

  it('never takes the errors of another connection', async () => {
    const client = await createClient(async (ws) => {
      await ws.accept()
      if ((await ws.receiveText()) === 'fail') throw new Error('theirs')
    })
    await using fine = await client.connect()
    const failing = await client.connect()
    await failing.sendText('fail')
    await expect(failing[Symbol.asyncDispose]()).rejects.toThrow('theirs')
    await fine.sendText('succeed')
  })

  it('waits in real time when the test has put fake timers in their place', async () => {
    const client = await createClient(echo)
    vi.useFakeTimers()
    try {
      await using ws = await client.connect()
      await ws.sendText('on time')

      expect(await ws.receiveText()).toBe('on time')
      await expect(ws.receiveText({ timeout: 5 })).rejects.toBeInstanceOf(TimeoutError)
    } finally {
      vi.useRealTimers()
    }
  })

  it('reports a server that breaks the protocol', async () => {
    const app = createRawApp(
      (key) =>
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptValueOf(key)}\r\n\r\n\xf1\x00`,
    )
    const ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    const closed = await errorOf(ws.receive())

    expect(closed).toMatchObject({ code: 1006, cause: { code: 'ERR_PROTOCOL' } })
    expect(await errorOf(ws[Symbol.asyncDispose]())).toBe((closed as Error).cause)
  })
})
