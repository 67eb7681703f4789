import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { type RouteOptions } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Browser, chromium, type Frame, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { SECRET } from './support/credentials.ts'

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']

/** What a page saw of a WebSocket that it opened. */
interface Seen {
  readonly opened: boolean
  readonly protocol: string
  readonly text: string | null
  readonly code: number
  readonly reason: string
}

const OPENED = { opened: true, code: 1000 }
/** All that a browser tells a page of a handshake that failed. */
const FAILED = { opened: false, code: 1006, reason: '', text: null }

let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
}, 20_000)

afterAll(() => browser?.close())

beforeEach(async () => {
  page = await (await browser.newContext()).newPage()
})

afterEach(() => page.context().close())

describe('OR-12 the origin of a page', () => {
  it('opens its own server and no other, unless the other lists it', async () => {
    const home = await serve({})
    await page.goto(home.http)
    expect(await dial(page, home.ws)).toMatchObject({ ...OPENED, text: 'hello nobody' })
    expect(await dial(page, (await serve({})).ws)).toMatchObject(FAILED)
    expect(await dial(page, (await serve({ allowedOrigins: ['https://app.example'] })).ws)).toMatchObject(FAILED)
    expect(await dial(page, (await serve({ allowedOrigins: [home.http] })).ws)).toMatchObject(OPENED)
    expect(await dial(page, (await serve({ allowedOrigins: '*' })).ws)).toMatchObject(OPENED)
  })

  it('is not that of the same host under another name', async () => {
    const home = await serve({})
    await page.goto(home.http.replace('127.0.0.1', 'localhost'))
    expect(await dial(page, home.ws)).toMatchObject(FAILED)
    expect(await dial(page, home.ws.replace('127.0.0.1', 'localhost'))).toMatchObject(OPENED)
  })

  it('is nobody in a sandboxed frame', async () => {
    const home = await serve({})
    const listing = await serve({ allowedOrigins: ['null'] })
    await page.goto(home.http)
    const frame = await sandboxedFrame()
    expect(await dial(frame, home.ws)).toMatchObject(FAILED)
    expect(await dial(frame, listing.ws)).toMatchObject(OPENED)
  })

  it('is that of no website in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'page.html'), '<!doctype html>')
    await page.goto(pathToFileURL(join(folder, 'page.html')).href)
    expect(await dial(page, (await serve({})).ws)).toMatchObject(FAILED)
    expect(await dial(page, (await serve({ allowedOrigins: ['http://127.0.0.1'] })).ws)).toMatchObject(FAILED)
  })

  it('OR-01 keeps a page of another origin from using the cookie of its visitor, which the browser attaches', async () => {
    const auth = [jwtAuthentication({ secret: SECRET, sources: [{ cookie: 'session' }] })]
    const bank = await serve({ auth, guards: [isAuthenticated()] })
    const careless = await serve({ auth, guards: [isAuthenticated()], allowedOrigins: '*' })
    const evil = await serve({})
    // Cookies know no ports: this one goes to all three.
    await page.context().addCookies([{ name: 'session', value: token('ada'), url: bank.http }])

    await page.goto(bank.http)
    expect(await dial(page, bank.ws)).toMatchObject({ ...OPENED, text: 'hello ada' })
    await page.goto(evil.http)
    expect(await dial(page, careless.ws)).toMatchObject({ ...OPENED, text: 'hello ada' })
    expect(await dial(page, bank.ws)).toMatchObject(FAILED)
  })
})

describe("CL-03 denial: 'close' tells a page why, where a response cannot", () => {
  const wanting: RouteOptions = { auth: [jwtAuthentication({ secret: SECRET })], guards: [isAuthenticated()] }

  it.each<[name: string, options: RouteOptions, path: string, code: number, reason: string]>([
    ['no credentials', wanting, '/ws/7', 4401, 'Authentication required'],
    ['a foreign origin', { allowedOrigins: [] }, '/ws/7', 4403, 'Origin not allowed'],
    ['too many handshakes', { rateLimit: { rps: 0.001, burst: 1 } }, '/ws/7', 4429, 'Rate limit exceeded'],
    ['a wrong param', {}, '/ws/x', 4422, 'Invalid parameters'],
  ])('%s', async (name, options, path, code, reason) => {
    const telling = await serve({ ...options, denial: 'close' })
    const silent = await serve(options)
    for (const site of [telling, silent]) {
      await page.goto(site.http)
      const url = site.ws.replace('/ws/7', path)
      if (name === 'too many handshakes') await dial(page, url)
      expect(await dial(page, url)).toMatchObject(site === silent ? FAILED : { opened: true, text: null, code, reason })
    }
  })

  it('also to a page that offered subprotocols', async () => {
    const site = await serve({ ...wanting, denial: 'close', subprotocols: ['chat'] })
    await page.goto(site.http)
    expect(await dial(page, site.ws, ['chat'])).toMatchObject({ protocol: 'chat', code: 4401 })
    expect(await dial(page, site.ws, ['other'])).toMatchObject({ protocol: 'other', code: 4401 })
  })
})

describe('AU-16 a token that a page sends as a subprotocol', () => {
  const auth = [jwtAuthentication({ secret: SECRET, sources: ['subprotocol'] })]

  it('lets it in, with the real subprotocol', async () => {
    const site = await serve({ auth, guards: [isAuthenticated()], subprotocols: ['chat'] })
    await page.goto(site.http)
    for (const offered of [
      ['bearer', token('ada'), 'chat'],
      ['chat', `bearer.${token('ada')}`],
    ]) {
      expect(await dial(page, site.ws, offered)).toMatchObject({ ...OPENED, protocol: 'chat', text: 'hello ada' })
    }
    expect(await dial(page, site.ws, ['chat', 'bearer.x.y.z'])).toMatchObject(FAILED)
  })

  it('fails in the browser where there is no real one beside it', async () => {
    const site = await serve({ auth, guards: [isAuthenticated()], subprotocols: ['chat'] })
    await page.goto(site.http)
    expect(await dial(page, site.ws, ['bearer', token('ada')])).toMatchObject(FAILED)
  })
})

it('AU-23 a page may send its token as the first message', async () => {
  const auth = [jwtAuthentication({ secret: SECRET, sources: ['message'] })]
  const site = await serve({ auth, guards: [isAuthenticated()] })
  await page.goto(site.http)
  const first = JSON.stringify({ type: 'auth', token: token('ada') })
  expect(await dial(page, site.ws, [], first)).toMatchObject({ ...OPENED, text: 'hello ada' })
  expect(await dial(page, site.ws, [], 'hello')).toMatchObject({ opened: true, code: 4401, text: null })
})

/** A server with an empty page and a route that greets. */
async function serve(options: RouteOptions): Promise<{ readonly http: string; readonly ws: string }> {
  const app: FastifyInstance = Fastify({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  await app.register(sluice)
  app.get('/', (_request, reply) => reply.type('text/html').send('<!doctype html><title>Empty</title>'))
  app.api.websocket('/ws/{id:int}', options, async (ws) => {
    await ws.accept()
    await ws.sendText(`hello ${ws.auth?.userId ?? 'nobody'}`)
  })
  const http = await app.listen({ host: '127.0.0.1', port: 0 })
  return { http, ws: `${http.replace('http', 'ws')}/ws/7` }
}

function token(sub: string): string {
  return createJwt({ sub }, { secret: SECRET })
}

async function sandboxedFrame(): Promise<Frame> {
  await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<!doctype html>"></iframe>')
  const element = await page.waitForSelector('iframe')
  return (await element.contentFrame()) as Frame
}

/** Opens a WebSocket in a page, sends a text if there is one to send, and waits for the end. */
function dial(where: Page | Frame, url: string, protocols: readonly string[] = [], first = ''): Promise<Seen> {
  return where.evaluate(
    ([address, offered, text]) =>
      new Promise<Seen>((resolve) => {
        const socket = new WebSocket(address, [...offered])
        let opened = false
        let received: string | null = null
        socket.onopen = () => {
          opened = true
          if (text !== '') socket.send(text)
        }
        socket.onmessage = ({ data }) => {
          received = data
        }
        socket.onclose = ({ code, reason }) =>
          resolve({ opened, protocol: socket.protocol, text: received, code, reason })
      }),
    [url, protocols, first] as const,
  )
}
