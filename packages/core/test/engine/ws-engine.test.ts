import type { IncomingMessage } from 'node:http'
import { Duplex, duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { AdmittedUpgrade } from '../../src/engine/engine.ts'
import { createWsEngine } from '../../src/engine/ws-engine.ts'
import { resolveRouteOptions } from '../../src/options.ts'
import { ENGINES, serve } from '../support/site.ts'
import { KEY } from '../support/upgrade-request.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const LIMITS = resolveRouteOptions([]).limits

function admitted(socket: Duplex, headers: AdmittedUpgrade['headers']): AdmittedUpgrade {
  const request = {
    method: 'GET',
    headers: { upgrade: 'websocket', 'sec-websocket-key': KEY, 'sec-websocket-version': '13' },
  } as unknown as IncomingMessage
  return {
    request,
    socket,
    head: Buffer.alloc(0),
    subprotocol: null,
    extensions: [],
    headers,
    limits: LIMITS,
    compression: null,
    clock: new VirtualClock(),
  }
}

describe('the ws engine', () => {
  it('HS-17 keeps the headers of a handshake that ws refuses from the next client', () => {
    const engine = createWsEngine()
    const gone = new Duplex({ read() {}, write() {} }).destroy()
    expect(() => engine.open(admitted(gone, { 'set-cookie': 'of=another' }))).toThrow('ws refused')

    const [ours, theirs] = duplexPair()
    engine.open(admitted(ours, { 'x-mine': ['a', 'b'] }))
    const response = String(theirs.read())
    expect(response).not.toContain('set-cookie')
    expect(response).toContain('\r\nx-mine: a\r\nx-mine: b\r\n\r\n')
    ours.destroy()
  })
})

describe.each(ENGINES)('the %s engine', (engine) => {
  it('HS-07 takes a list of upgrades that names websocket', async () => {
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', (ws) => ws.accept()))
    for (const upgrade of ['websocket, foo', 'h2c ,WebSocket']) {
      const ws = await site.open('/ws', { replace: { Upgrade: [upgrade] } })
      expect(await ws.nextClose()).toEqual({ code: 1000, reason: '' })
    }
  })
})
