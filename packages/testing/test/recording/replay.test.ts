import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi, type WebSocketConnection } from '@sluice/core'
import { createAuthContext } from '@sluice/core/ports'
import { afterAll, describe, expect, it } from 'vitest'
import { expectDenied } from '../../src/expectations.ts'
import type { TestClientOptions } from '../../src/options.ts'
import { readRecording } from '../../src/recording/recording.ts'
import { replay } from '../../src/recording/replay.ts'
import { virtualClock } from '../../src/virtual-clock.ts'
import { WebSocketTestClient } from '../../src/websocket-test-client.ts'
import type { WebSocketTestConnection } from '../../src/websocket-test-connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-recordings-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newFile = () => join(folder, `${++files}.json`)

const SECRET = 'open-sesame-0123456789'

const echoing = (change = (text: string) => text) =>
  createApi().websocket('/ws/{id}', {
    onConnect: (ws) => ws.sendText(`hello ${ws.params.id}`),
    onMessage: (ws, { data }) => ws.send(typeof data === 'string' ? change(data) : data),
  })

/** Records what a client does on an app. */
async function record(
  api: ReturnType<typeof createApi>,
  path: string,
  play: (ws: WebSocketTestConnection) => Promise<unknown>,
  options: TestClientOptions = {},
): Promise<string> {
  const file = newFile()
  await using ws = await WebSocketTestClient.connect(api, path, { ...options, record: file })
  await play(ws)
  await ws.close()
  return file
}

async function chat(ws: WebSocketTestConnection): Promise<void> {
  await ws.receiveText()
  await ws.sendText('one')
  await ws.receiveText()
  await ws.sendBytes(Buffer.from([0xff, 0, 1]))
  await ws.receiveBytes()
}

describe.each(['memory', 'socket'] as const)('a recording over %s', (transport) => {
  it('passes on the app that it was made of', async () => {
    const api = echoing()
    const file = await record(api, '/ws/7?page=2', chat, { transport })
    await replay(api, file, { transport })
    await replay(echoing(), file)
  })

  it('fails on an app that answers in another way, and shows where', async () => {
    const file = await record(echoing(), '/ws/7', chat, { transport })
    const replaying = replay(
      echoing((text) => text.toUpperCase()),
      file,
      { transport },
    )
    await expect(replaying).rejects.toThrow(/→ text "one"\n {2}- \d+ ms ← text "one"\n {2}\+ \d+ ms ← text "ONE"/)
  })
})

it('fails on an app that says less, or more', async () => {
  const saying = (...texts: string[]) =>
    createApi().websocket('/ws', async (ws: WebSocketConnection) => {
      await ws.accept()
      for (const text of texts) await ws.sendText(text)
    })
  const file = await record(saying('one', 'two'), '/ws', (ws) => ws.untilClosed())
  await expect(replay(saying('one'), file)).rejects.toThrow(/- \d+ ms ← text "two"\n {2}\+ \d+ ms ← close/)
  await expect(replay(saying('one', 'two', 'three'), file)).rejects.toThrow(/\+ \d+ ms ← text "three"/)
})

describe('time', () => {
  const LIMITS = { heartbeat: { interval: 25_000, timeout: 10_000 } } as const
  const app = (delay: number) => {
    const clock = virtualClock()
    const api = createApi({ limits: LIMITS }).websocket('/ws', {
      onMessage: (ws) => void clock.setTimeout(() => void ws.trySend('later'), delay),
    })
    return { api, clock }
  }

  it('is that of the recording on a virtual clock', async () => {
    const { api, clock } = app(60_000)
    const file = await record(
      api,
      '/ws',
      async (ws) => {
        await ws.sendText('go')
        await clock.advance(100_000)
      },
      { clock },
    )
    const { frames, end } = readRecording(file)
    expect(frames.find(({ text }) => text === 'later')?.time).toBe(60_000)
    expect(end).toBe(100_000)
    const again = app(60_000)
    const start = again.clock.now()
    await replay(again.api, file, { clock: again.clock })
    expect(again.clock.now() - start).toBe(100_000)
  })

  it('makes a difference', async () => {
    const { api, clock } = app(60_000)
    const play = async (ws: WebSocketTestConnection) => {
      await ws.sendText('go')
      await clock.advance(70_000)
    }
    const file = await record(api, '/ws', play, { clock })
    const other = app(90_000)
    const replaying = replay(other.api, file, { clock: other.clock, timeout: 200 })
    await expect(replaying).rejects.toThrow(/- 60000 ms ← text "later"\n {2}\+ nothing/)
  })
})

describe('secrets', () => {
  const backend = {
    name: 'password',
    challenge: 'Password',
    secretQueryParams: ['p'],
    authenticate: ({ url, headers }: { url: string; headers: Record<string, unknown> }) =>
      url.includes(`p=${SECRET}`) || Object.values(headers).some((value) => String(value).includes(SECRET))
        ? { kind: 'ok' as const, context: createAuthContext({ userId: 'ali', backend: 'password' }) }
        : { kind: 'none' as const },
  }
  const api = createApi({ auth: [backend as never], guards: [{ name: 'in', check: ({ auth }) => auth !== null }] })
  api.websocket('/ws', { onMessage: (ws, { data }) => ws.sendText(String(data).length > 60 ? 'long' : 'short') })

  it.each<[string, TestClientOptions]>([
    ['authorization', { headers: { authorization: `Bearer ${SECRET}` } }],
    ['a header of your own', { headers: { 'x-cave': SECRET } }],
    ['a cookie', { cookies: { session: SECRET } }],
    ['a parameter that a backend reads', { query: { page: 2, p: SECRET } }],
    ['a subprotocol', { subprotocols: ['chat', 'bearer', SECRET] }],
  ])('are not recorded, and are given again: %s', async (_name, credentials) => {
    const file = await record(api, '/ws', async () => {}, credentials)
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain(SECRET)
    expect(text).toContain('redacted')
    await replay(api, file, credentials)
    await expect(replay(api, file)).rejects.toThrow(
      /answered with 403, and 101 was recorded; the recording does not have/,
    )
  })

  it('are not recorded of a route that reads none', async () => {
    const open = echoing()
    const file = await record(open, `/ws/7?access_token=${SECRET}`, async () => {}, {
      subprotocols: [`bearer.${SECRET}.${SECRET}`],
    })
    expect(readFileSync(file, 'utf8')).not.toContain(SECRET)
  })

  it('are not recorded of a message that authenticates', async () => {
    const message = JSON.stringify({ type: 'auth', token: SECRET.repeat(3) })
    const open = createApi().websocket('/ws', { onMessage: (ws, { data }) => ws.sendText(`${String(data).length}`) })
    const file = await record(open, '/ws', async (ws) => {
      await ws.sendText(message)
      await ws.receive()
    })
    expect(readFileSync(file, 'utf8')).not.toContain(SECRET)
    await replay(open, file, { token: SECRET.repeat(3) })
    await expect(replay(open, file)).rejects.toThrow(/the app did something else/)
  })
})

describe('a denied handshake', () => {
  it('is recorded and replayed too', async () => {
    const file = newFile()
    const strict = createApi({ allowedOrigins: ['https://app.example'] }).websocket('/ws', (ws) => ws.accept())
    const origin = 'https://evil.example'
    await expectDenied(new WebSocketTestClient(strict, '/ws', { origin, record: file }), 403)
    expect(readRecording(file)).toMatchObject({ response: { status: 403 }, frames: [] })
    await replay(strict, file)
    await expect(replay(strict, file, { origin: 'https://app.example' })).rejects.toThrow(/answered with 101, and 403/)
  })
})

it.each([
  ['is missing', undefined, /cannot be read/],
  ['is no JSON', '{', /cannot be read/],
  ['is something else', '{"format":"har"}', /is no recording/],
  ['is null', 'null', /is no recording/],
  ['has another version', '{"format":"sluice-recording","version":2}', /has version 2, and 1 is known/],
  ['lacks its frames', '{"format":"sluice-recording","version":1,"request":{}}', /lacks a part/],
])('refuses a file that %s', async (_name, text, message) => {
  const file = newFile()
  if (text !== undefined) writeFileSync(file, text)
  await expect(replay(echoing(), file)).rejects.toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_RECORDING', message: expect.stringMatching(message) }),
  )
})
