import { WebSocketTestClient } from '@sluice/testing'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { build } from './demo.ts'

let app: FastifyInstance

beforeEach(async () => {
  app = await build()
})

afterEach(() => app.close())

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/style.css', 'text/css; charset=utf-8'],
    ['/app.js', 'text/javascript; charset=utf-8'],
    ['/gates.css', 'text/css; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
  ])('serves %s as %s, under a policy that allows nothing from elsewhere', async (url, type) => {
    const { statusCode, headers } = await app.inject(url)
    expect(statusCode).toBe(200)
    expect(headers['content-type']).toBe(type)
    expect(headers['content-security-policy']).toMatch(/^default-src 'self'; connect-src 'self' ws: wss:;/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })
})

describe('the echo', () => {
  it('sends text and bytes back', async () => {
    await using ws = await WebSocketTestClient.connect(app, '/ws/echo')
    await ws.sendText('hello')
    await ws.sendBytes(Buffer.from([0, 255]))
    expect(await ws.receiveText()).toBe('hello')
    expect(await ws.receiveBytes()).toEqual(Buffer.from([0, 255]))
  })
})

describe('the typed route', () => {
  it('tells the type of its parameter', async () => {
    await using ws = await WebSocketTestClient.connect(app, '/ws/user/42')
    expect(await ws.receiveJson()).toEqual({ user_id: 42, type: 'number' })
  })

  it('is explained over HTTP, which the page can read', async () => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const ask = async (value: string) => {
      const response = await fetch(`${address}/handshake?${new URLSearchParams({ user_id: value })}`)
      return response.json()
    }

    expect(await ask('42')).toEqual({ status: 101, headers: {}, body: null })
    expect(await ask('a/b')).toMatchObject({ status: 422, body: { detail: [{ type: 'int_parsing', input: 'a/b' }] } })
    expect(await ask('..')).toMatchObject({ status: 404 })
    expect(await ask('9'.repeat(101))).toMatchObject({ statusCode: 400 })
  })
})

describe('the chat', () => {
  const join = (name: string, room = 'lobby') =>
    WebSocketTestClient.connect(app, `/ws/chat/${encodeURIComponent(room)}`, { query: { name } })

  it('tells every member who joins, speaks and leaves', async () => {
    await using ada = await join('Ada')
    expect(await ada.receiveJson()).toMatchObject({ type: 'welcome', members: ['Ada'] })

    const bob = await join(' Bob ')
    expect(await bob.receiveJson()).toMatchObject({ type: 'welcome', members: ['Ada', 'Bob'] })
    expect(await ada.receiveJson()).toEqual({ type: 'joined', name: 'Bob', members: ['Ada', 'Bob'] })

    await bob.sendJson({ type: 'say', text: 'hello' })
    const message = { type: 'message', id: expect.any(String), name: 'Bob', text: 'hello' }
    expect(await ada.receiveJson()).toEqual(message)
    expect(await bob.receiveJson()).toEqual(message)

    await bob.close()
    expect(await ada.receiveJson()).toEqual({ type: 'left', name: 'Bob', members: ['Ada'] })
  })

  it('tells who has another name now', async () => {
    await using ada = await join('Ada')
    await ada.receiveJson()
    await ada.sendJson({ type: 'rename', name: ' Countess ' })
    expect(await ada.receiveJson()).toEqual({ type: 'renamed', from: 'Ada', name: 'Countess', members: ['Countess'] })
  })

  it.each([
    [{ type: 'say', text: '' }, 'text'],
    [{ type: 'say', text: 'a'.repeat(501) }, 'text'],
    [{ type: 'rename', name: '  ' }, 'name'],
    [{ type: 'shout' }, 'type'],
  ])('answers what is no message: %j', async (message, field) => {
    await using ada = await join('Ada')
    await ada.receiveJson()
    await ada.sendJson(message)
    expect(await ada.receiveJson()).toMatchObject({ type: 'error', code: 'validation', issues: [{ path: [field] }] })
  })

  it.each([
    ['without a name', '', 'lobby', 'A name has 1 to 24 characters'],
    ['with a name of spaces', '  ', 'lobby', 'A name has 1 to 24 characters'],
    ['with a long name', 'a'.repeat(25), 'lobby', 'A name has 1 to 24 characters'],
    ['to a room with a long name', 'Ada', 'r'.repeat(41), 'A room has at most 40 characters'],
  ])('admits nobody %s', async (_case, name, room, detail) => {
    await expect(join(name, room)).rejects.toMatchObject({ status: 422, detail, stage: 'handler' })
  })

  it('has room for 50 members', async () => {
    const members = await Promise.all(Array.from({ length: 50 }, (_, index) => join(`Guest ${index}`)))
    await expect(join('Ada')).rejects.toMatchObject({ status: 503, detail: 'The room is full' })
    await members[0]?.close()
    members[0] = await join('Ada')
    await Promise.all(members.map((member) => member.close()))
  })

  it('closes with 1009 for a message that is too large', async () => {
    await using ada = await join('Ada')
    await ada.sendText('a'.repeat(2_001))
    expect(await ada.receiveJson()).toMatchObject({ type: 'welcome' })
    await expect(ada.receive()).rejects.toMatchObject({ code: 1009 })
  })
})
