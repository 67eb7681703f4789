import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { type Attachment, attach, createApi, type MountableApi, type SluiceOptions } from '../src/index.ts'
import { ENGINES, type Site, siteOn } from './support/site.ts'
import { plainRequest, upgradeRequest } from './support/upgrade-request.ts'
import { VirtualClock } from './support/virtual-clock.ts'

interface AttachedSite extends Site {
  readonly server: Server
  readonly attachment: Attachment
}

/** A plain HTTP server that an api is attached to, for the time of one test. */
async function serveAttached(api: MountableApi, options: SluiceOptions): Promise<AttachedSite> {
  const server = createServer((_, response) => response.end('plain'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const attachment = await attach(server, api, options)
  const site = siteOn((server.address() as AddressInfo).port, async () => {
    await attachment.close()
    await new Promise((resolve) => server.close(resolve))
    expect(api.connections.size).toBe(0)
  })
  return Object.assign(site, { server, attachment })
}

function echoApi(): MountableApi {
  return createApi().websocket('/ws/{room:int}', async (ws, { room }) => {
    await ws.accept()
    for await (const text of ws.iterText()) await ws.sendText(`${room}: ${text}`)
  })
}

describe.each(ENGINES)('attach with the %s engine', (engine) => {
  it('serves the routes of an api and leaves plain requests to the server', async () => {
    const site = await serveAttached(echoApi(), { engine })
    const ws = await site.open('/ws/7')
    ws.sendText('hello')
    expect(await ws.nextText()).toBe('7: hello')
    expect((await site.ask(plainRequest('/ws/7'))).body).toBe('plain')
    ws.close()
    expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
  })

  it('denies as a Fastify app does', async () => {
    const site = await serveAttached(echoApi(), { engine })
    expect((await site.ask(upgradeRequest({ path: '/ws/seven' }))).status).toBe(422)
    expect(
      (await site.ask(upgradeRequest({ path: '/ws/7', replace: { 'Sec-WebSocket-Version': ['8'] } }))).status,
    ).toBe(426)
  })

  it('HS-03 answers other paths with 404 when nobody else would', async () => {
    const site = await serveAttached(echoApi(), { engine })
    const response = await site.ask(upgradeRequest({ path: '/nope' }))
    expect(response.status).toBe(404)
    expect(JSON.parse(response.body)).toEqual({ detail: 'Not Found', code: 'ERR_NOT_FOUND' })
  })

  it('PA-03 ends the stream of a path that cannot be read', async () => {
    const site = await serveAttached(echoApi(), { engine })
    expect((await site.ask(upgradeRequest({ path: '/%zz' }))).status).toBe(400)
    expect((await site.ask(upgradeRequest({ path: `/ws/${'1'.repeat(101)}` }))).status).toBe(414)
  })

  it('HS-24 leaves other paths to another listener', async () => {
    const site = await serveAttached(echoApi(), { engine })
    const others = new WebSocketServer({ noServer: true })
    site.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/theirs') others.handleUpgrade(request, socket, head, (ws) => ws.send('theirs'))
    })
    const theirs = await site.open('/theirs')
    expect(await theirs.nextText()).toBe('theirs')
    theirs.close()
    await theirs.toEnd()
    const ours = await site.open('/ws/1')
    ours.sendText('ours')
    expect(await ours.nextText()).toBe('1: ours')
  })

  it('closes its connections and leaves the server running', async () => {
    const site = await serveAttached(echoApi(), { engine })
    const ws = await site.open('/ws/1')
    const closed = site.attachment.close()
    expect(await ws.nextClose()).toEqual({ code: 1001, reason: 'Server shutdown' })
    await closed
    expect(site.server.listenerCount('upgrade')).toBe(0)
    expect((await site.ask(plainRequest('/ws/1'))).body).toBe('plain')
  })

  it('HS-23 denies new handshakes with 503 while it closes', async () => {
    const clock = new VirtualClock()
    const site = await serveAttached(echoApi(), { engine, clock })
    const mute = await site.open('/ws/1', { mute: true })
    const closed = site.attachment.close()
    await mute.nextClose()
    expect((await site.ask(upgradeRequest({ path: '/ws/1' }))).status).toBe(503)
    expect((await site.ask(upgradeRequest({ path: '/nope' }))).status).toBe(503)
    mute.connection.destroy()
    await closed
  })

  it('HS-23 leaves the handshakes of another listener alone while it closes', async () => {
    const clock = new VirtualClock()
    const site = await serveAttached(echoApi(), { engine, clock })
    const others = new WebSocketServer({ noServer: true })
    site.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/theirs') others.handleUpgrade(request, socket, head, (ws) => ws.close(1000))
    })
    const mute = await site.open('/ws/1', { mute: true })
    const closed = site.attachment.close()
    await mute.nextClose()
    expect((await site.ask(upgradeRequest({ path: '/ws/1' }))).status).toBe(503)
    const theirs = await site.open('/theirs')
    expect(await theirs.nextClose()).toEqual({ code: 1000, reason: '' })
    mute.connection.destroy()
    await closed
  })

  it('can attach two apis to one server', async () => {
    const first = createApi().websocket('/first', async (ws) => ws.accept())
    const second = createApi().websocket('/second', async (ws) => ws.accept())
    const site = await serveAttached(first, { engine })
    const other = await attach(site.server, second, { engine })
    for (const path of ['/first', '/second']) {
      const ws = await site.open(path)
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
    }
    await other.close()
  })

  it('throws for options and routes that are wrong', async () => {
    const server = createServer()
    await expect(attach(server, echoApi(), { engine, nope: 1 } as SluiceOptions)).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_OPTION',
    })
    const unknown = createApi().websocket('/{x:hex}', () => {})
    await expect(attach(server, unknown, { engine })).rejects.toMatchObject({ code: 'ERR_UNKNOWN_CONVERTER' })
    expect(server.listenerCount('upgrade')).toBe(0)
  })
})
