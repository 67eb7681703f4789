import { HttpDenial } from '@sluice/core'
import { plainRequest } from '../../support/upgrade-request.ts'
import { type Cases, DETAIL } from '../matrix.ts'

export const HANDSHAKE: Cases = {
  'HS-01 a plain GET on a WebSocket route': { visits: [{ bytes: plainRequest('/ws/7'), end: 426 }] },
  'HS-02 an upgrade on an ordinary HTTP route': {
    app: (note) => ({ declare: (app) => app.get('/http', async () => note('HTTP handler')) }),
    visits: [{ target: '/http', end: 404 }],
  },
  'HS-03 a path that does not exist, or is spelt in another way': {
    visits: ['/nope', '//ws/7', '/ws/../ws/7', '/ws%2F7', '/WS/7'].map((target) => ({ target, end: 404 })),
  },
  'HS-16 a subprotocol of the server': {
    app: {
      route: { subprotocols: ['b', 'a'] },
      handler: async (ws) => {
        await ws.accept()
        await ws.sendText(String(ws.subprotocol))
      },
    },
    visits: [{ subprotocols: ['x', 'a', 'b'], end: 1000 }, { subprotocols: ['x'], end: 1000 }, { end: 1000 }],
  },
  'HS-16 no subprotocol that fits': {
    app: { route: { subprotocols: ['b'], requireSubprotocol: true } },
    visits: [{ subprotocols: ['x'], end: 400 }],
  },
  'HS-19 denials': {
    app: {
      path: '/ws/{id:int}',
      plugin: { maxConnections: 1 },
      handler: async (ws) => {
        if (ws.rawParams.id === '1') return ws.deny({ status: 451, body: { why: 'law' } })
        if (ws.rawParams.id === '2') throw new HttpDenial(409, 'Not now')
        if (ws.rawParams.id === '3') throw new Error(DETAIL)
        if (ws.rawParams.id === '4') return ws.close(4401, 'who?')
        if (ws.rawParams.id === '5') return ws.accept({ headers: { 'set-cookie': ['a=1', 'b=2'] } })
      },
    },
    visits: [
      { target: '/ws/1', end: 451 },
      { target: '/ws/2', end: 409 },
      { target: '/ws/3', end: 500 },
      { target: '/ws/4', end: 401 },
      { target: '/ws/5', end: 1000 },
      { target: '/ws/x', end: 422 },
      { headers: { 'sec-websocket-version': '8' }, end: 426 },
      { headers: { 'sec-websocket-key': 'short' }, end: 400 },
      { origin: 'https://elsewhere.example', end: 403 },
    ],
  },
  'CP-01 compression that nobody asked for': {
    visits: [{ headers: { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' }, end: 1000 }],
  },
  'RL-01 more handshakes than the limit': {
    app: { route: { rateLimit: { rps: 0.5, burst: 2 } } },
    visits: [{ end: 1000 }, { end: 1000 }, { end: 429 }, { after: 1_999, end: 429 }, { after: 1, end: 1000 }],
  },
}
