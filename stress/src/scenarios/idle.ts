import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { scenario } from '../scenario.ts'
import { inUse } from '../server/reading.ts'

const SECRET = 'a secret that is long enough for HS256'
const ORIGIN = 'https://app.example.com'
/** What one connection may need of the resident memory, in bytes. */
const MAX_COST = 16_000
/** So many are open before those that are measured. */
const WARM_UP = 500

export const idle = scenario('AU-11 idle connections that went through the full pipeline', {
  name: 'idle',
  serve(app) {
    app.api.websocket('/ws', {
      allowedOrigins: [ORIGIN],
      rateLimit: { rps: 1_000_000, burst: 1_000_000 },
      auth: [jwtAuthentication({ secret: SECRET })],
      guards: [isAuthenticated()],
      onMessage: (ws, { data }) => ws.send(`${ws.auth?.userId} ${data}`),
    })
    return {}
  },
  async run(trial) {
    const { server } = trial
    const open = (count: number, first: number) =>
      trial.openMany(count, (index) => {
        const token = createJwt({ sub: `user ${first + index}` }, { secret: SECRET })
        return { path: '/ws', headers: { Origin: ORIGIN, Authorization: `Bearer ${token}` } }
      })
    const count = trial.size(15_000, 1_000)
    await open(WARM_UP, count)
    const before = await server.read()
    const peers = await open(count, 0)
    const after = await server.read()
    trial.equal('connections', after.connections, count + WARM_UP + 1)
    trial.atMost(`in use of each of ${count}`, (inUse(after) - inUse(before)) / count, MAX_COST, ' B')
    // What the allocators take ahead is too much for few.
    if (!trial.isShort) trial.atMost('RSS of each', (after.rss - before.rss) / count, MAX_COST, ' B')
    const echoes = await Promise.all(
      peers.map(
        (peer) =>
          new Promise<string>((resolve) => {
            peer.onMessage = (data) => resolve(String(data))
            void peer.ended.then(() => resolve('none'))
            peer.send('still here')
          }),
      ),
    )
    const wrong = echoes.filter((echo, index) => echo !== `user ${index} still here`)
    trial.equal('answers to somebody else, or to nobody', wrong, [])
  },
})
