import { Readable } from 'node:stream'
import { WebSocketDisconnect } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { inBothTransports, rejectionOf } from './support.ts'

inBothTransports(({ serve }) => {
  it('send/receive before accept', async () => {
    const errors: unknown[] = []
    await using ws = await serve(async (ws) => {
      errors.push(await rejectionOf(ws.sendText('too early')))
      errors.push(await rejectionOf(ws.receiveText()))
      errors.push(await rejectionOf(ws.iterText().next()))
      await ws.accept()
      await ws.sendText('in time')
    })

    expect(await ws.receiveText()).toBe('in time')
    expect(errors).toMatchObject(Array(3).fill({ code: 'ERR_INVALID_STATE', message: /call accept\(\) first/ }))
  })

  it('receive after disconnect', async () => {
    const errors: unknown[] = []
    const ws = await serve(async (ws) => {
      await ws.accept()
      await ws.closed
      errors.push(await rejectionOf(ws.receive()), await rejectionOf(ws.sendText('too late')))
    })
    await ws.close(4002, 'leaving')

    expect(errors).toEqual([new WebSocketDisconnect(4002, 'leaving'), new WebSocketDisconnect(4002, 'leaving')])
  })

  it('duplicate close', async () => {
    await using ws = await serve(async (ws) => {
      await ws.accept()
      await ws.close(4001, 'first')
      await ws.close(4002, 'second')
      await ws.closed
      await ws.close(4003, 'third')
    })

    expect(await rejectionOf(ws.receive())).toMatchObject({ code: 4001, reason: 'first' })
  })

  it('duplicate disconnect', async () => {
    const errors: unknown[] = []
    const ws = await serve(async (ws) => {
      await ws.accept()
      for (let count = 0; count < 3; count++) errors.push(await rejectionOf(ws.receiveText()))
    })
    await ws.close(1001, 'once')

    expect(errors).toEqual(Array(3).fill(new WebSocketDisconnect(1001, 'once')))
  })

  it('close reason delivered', async () => {
    await using ws = await serve(async (ws) => {
      await ws.accept()
      await ws.close(4000, 'Grüße')
    })

    expect(await rejectionOf(ws.receive())).toMatchObject({ code: 4000, reason: 'Grüße' })
    expect(ws).toMatchObject({ closeCode: 4000, closeReason: 'Grüße' })
  })

  it('close reason delivered, cut to 123 bytes between characters', async () => {
    await using ws = await serve(async (ws) => {
      await ws.accept()
      await ws.close(4000, `x${'ü'.repeat(100)}`)
    })

    expect(await rejectionOf(ws.receive())).toMatchObject({ reason: `x${'ü'.repeat(61)}` })
  })

  it('subprotocol', async () => {
    await using ws = await serve(
      async (ws) => {
        await ws.accept({ subprotocol: 'wamp' })
        await ws.sendText(String(ws.subprotocol))
      },
      { subprotocols: ['soap', 'wamp'] },
    )

    expect(ws.subprotocol).toBe('wamp')
    expect(await ws.receiveText()).toBe('wamp')
  })

  it('subprotocol that was not offered', async () => {
    let error: unknown
    await using ws = await serve(
      async (ws) => {
        error = await rejectionOf(ws.accept({ subprotocol: 'graphql' }))
        await ws.accept()
      },
      { subprotocols: ['soap'] },
    )

    expect(ws.subprotocol).toBeNull()
    expect(error).toMatchObject({ code: 'ERR_INVALID_SUBPROTOCOL' })
  })

  it('accept headers', async () => {
    await using ws = await serve((ws) => ws.accept({ headers: { 'X-Room': 'blue', 'Set-Cookie': ['a=1', 'b=2'] } }))

    expect(ws.responseHeaders).toMatchObject({ 'x-room': 'blue', 'set-cookie': ['a=1', 'b=2'] })
  })

  it.each(['Sec-WebSocket-Accept', 'upgrade', 'Connection'])('accept headers may not be %s', async (name) => {
    let error: unknown
    await using _ws = await serve(async (ws) => {
      error = await rejectionOf(ws.accept({ headers: { [name]: 'x' } }))
      await ws.accept()
    })

    expect(error).toMatchObject({ code: 'ERR_INVALID_HEADER' })
  })

  it.each([
    [1000, 403],
    [1008, 403],
    [1011, 500],
    [1013, 503],
    [4401, 401],
    [4403, 403],
    [4422, 422],
    [4429, 429],
    [4999, 403],
  ])('rejected connection code %i is the status %i', async (code, status) => {
    const denial = await rejectionOf(serve((ws) => ws.close(code, 'not you')))

    expect(denial).toMatchObject({ status, detail: 'not you', stage: 'handler' })
  })

  describe('denial response', () => {
    it('denial response single body', async () => {
      const options = { status: 404, headers: { 'X-Why': 'gone' }, body: { detail: 'No such room' } }

      expect(await rejectionOf(serve((ws) => ws.deny(options)))).toMatchObject({
        status: 404,
        headers: { 'x-why': 'gone', 'content-type': 'application/json; charset=utf-8' },
        body: { detail: 'No such room' },
        detail: 'No such room',
        stage: 'handler',
      })
    })

    it('denial response chunked body', async () => {
      const headers = { 'content-type': 'text/plain' }
      const denial = await rejectionOf(
        serve((ws) => ws.deny({ status: 451, headers, body: Readable.from(['hard', ' ', 'body']) })),
      )

      expect(denial).toMatchObject({ status: 451, body: 'hard body', headers: { 'transfer-encoding': 'chunked' } })
    })

    it('denial response without options', async () => {
      expect(await rejectionOf(serve((ws) => ws.deny()))).toMatchObject({ status: 403, detail: 'Forbidden' })
    })

    it('denial response after accept', async () => {
      let error: unknown
      await using ws = await serve(async (ws) => {
        await ws.accept()
        error = await rejectionOf(ws.deny())
      })

      expect(await rejectionOf(ws.receive())).toMatchObject({ code: 1000 })
      expect(error).toMatchObject({ code: 'ERR_INVALID_STATE' })
    })
  })

  it('wrong JSON mode', async () => {
    const errors: unknown[] = []
    await using ws = await serve(async (ws) => {
      await ws.accept()
      errors.push(await rejectionOf(ws.receiveJson({ mode: 'invalid' as 'text' })))
      errors.push(await rejectionOf(ws.sendJson({}, { mode: 'invalid' as 'text' })))
      await ws.sendJson({ mode: 'binary' }, { mode: 'binary' })
      await ws.sendJson(await ws.receiveJson({ mode: 'binary' }))
    })
    await ws.sendJson([1], { mode: 'binary' })

    expect(await ws.receiveJson({ mode: 'binary' })).toEqual({ mode: 'binary' })
    expect(await ws.receiveJson()).toEqual([1])
    expect(errors).toMatchObject([{ code: 'ERR_INVALID_OPTION' }, { code: 'ERR_INVALID_OPTION' }])
  })

  it('wrong JSON mode of the message closes with 1003', async () => {
    let error: unknown
    await using ws = await serve(async (ws) => {
      await ws.accept()
      error = await rejectionOf(ws.receiveJson({ mode: 'binary' }))
    })
    await ws.sendJson({ mode: 'text' })

    expect(await rejectionOf(ws.receive())).toMatchObject({ code: 1003 })
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED_DATA' })
  })

  it('query order preserved', async () => {
    await using ws = await serve(
      async (ws) => {
        await ws.accept()
        await ws.sendJson({ names: Object.keys(ws.query), query: ws.query, url: ws.request.url })
      },
      { query: 'z=1&a=2&z=3&flag&m=' },
    )

    expect(await ws.receiveJson()).toEqual({
      names: ['z', 'a', 'flag', 'm'],
      query: { z: ['1', '3'], a: '2', flag: '', m: '' },
      url: '/ws?z=1&a=2&z=3&flag&m=',
    })
  })

  it('blocking receive unblocked by close', async () => {
    let error: unknown
    await using ws = await serve(async (ws) => {
      await ws.accept()
      error = await rejectionOf(ws.receiveText())
    })
    await ws.close(4000)

    expect(error).toEqual(new WebSocketDisconnect(4000, ''))
  })

  it('blocking receive of the client unblocked by close', async () => {
    await using ws = await serve(async (ws) => {
      await ws.accept()
      await ws.receive()
      await ws.close(4000)
    })
    const blocked = rejectionOf(ws.receiveText())
    await ws.sendText('go')

    expect(await blocked).toMatchObject({ code: 4000 })
  })
})
