import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import { systemClock } from '../src/clock.ts'
import { Handshake } from '../src/security/handshake.ts'
import { MemoryRateStore } from '../src/security/memory-rate-store.ts'
import { createPipeline, runPipeline } from '../src/security/pipeline.ts'
import type { UpgradeRequest } from '../src/security/ports.ts'
import type { SecurityOptions } from '../src/security/security-options.ts'
import { resolveSecurityPolicy } from '../src/security/security-policy.ts'
import { StageCompiler } from '../src/security/stage-compiler.ts'

/** What each stage of a handshake costs: processor time of pipelines that have one more of them each. */
const HANDSHAKES = 200_000
const SECRET = 'a secret of at least thirty-two bytes'
const ORIGIN = 'https://app.example.com'

const token = await createJwt({ sub: 'bench' }, { secret: SECRET, expiresIn: 3_600_000 })
const request: UpgradeRequest = {
  method: 'GET',
  url: '/ws',
  headers: { host: 'api.example.com', origin: ORIGIN, authorization: `Bearer ${token}` },
  ip: '192.0.2.1',
  host: 'api.example.com',
  protocol: 'https',
  raw: { rawHeaders: ['Host', 'api.example.com', 'Origin', ORIGIN, 'Authorization', `Bearer ${token}`] },
}

const pipelines: Record<string, SecurityOptions> = { 'draining and same origin': {} }
pipelines['a list of origins'] = { allowedOrigins: [ORIGIN] }
pipelines['rate limit'] = { ...pipelines['a list of origins'], rateLimit: { rps: 1e9 } }
pipelines.capacity = { ...pipelines['rate limit'], maxConnections: 1_000 }
pipelines['HS256 token'] = { ...pipelines.capacity, auth: [jwtAuthentication({ secret: SECRET })] }
pipelines.guard = { ...pipelines['HS256 token'], guards: [isAuthenticated()] }

const silent = { error() {}, warn() {}, info() {}, debug() {} }
const results = Object.entries(pipelines).map(([name, options]) => ({ with: name, 'µs in all': measure(options) }))
console.table(results)

function measure(options: SecurityOptions): number {
  const policy = resolveSecurityPolicy([{ scope: 'bench', options: { allowedOrigins: '*', ...options } }])
  const services = {
    clock: systemClock,
    log: silent,
    rateStore: new MemoryRateStore(systemClock),
  }
  const pipeline = createPipeline(new StageCompiler(services).compile(policy, () => false))
  const run = (count: number) => {
    for (let index = 0; index < count; index++) {
      const handshake = new Handshake({
        request,
        route: '/ws',
        readParams: () => ({}),
        clock: systemClock,
        timeout: 10_000,
      })
      const outcome = runPipeline(pipeline, handshake)
      if (!('kind' in outcome) || outcome.kind !== 'admitted') throw new Error('the handshake was not admitted at once')
      handshake.end()
    }
  }
  run(HANDSHAKES / 4)
  const before = process.cpuUsage()
  run(HANDSHAKES)
  const { user, system } = process.cpuUsage(before)
  return Number(((user + system) / HANDSHAKES).toFixed(3))
}
