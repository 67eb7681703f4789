import cors from '@fastify/cors'
import sluice, { createRedisRateStore } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { Redis } from 'ioredis'

const sites = { has: async (origin: string) => origin.endsWith('.example.com') }

export async function origins(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region origins
  await app.register(sluice, {
    allowedOrigins: ['same-origin', 'https://app.example.com', 'https://*.customers.example.com'],
  })

  app.api.websocket('/ws/preview', { allowedOrigins: [/https:\/\/pr-[0-9]+\.preview\.example\.dev/] }, async (ws) => {
    await ws.accept()
  })

  app.api.websocket('/ws/partners', { allowedOrigins: async (origin) => sites.has(origin) }, async (ws) => {
    await ws.accept()
  })
  // #endregion origins

  return app
}

export async function corsOrigins(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region cors
  await app.register(cors, { origin: ['https://app.example.com'], credentials: true })
  await app.register(sluice, { allowedOrigins: 'cors' })
  // #endregion cors

  return app
}

export async function rateLimits(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region rate-limits
  await app.register(sluice, {
    rateLimit: { rps: 20, burst: 100 },
    maxConnections: 10_000,
  })

  app.api.websocket(
    '/ws/chat',
    { rateLimit: { rps: 1, burst: 5 }, maxConnectionsPerUser: { max: 3, policy: 'newest-wins' } },
    async (ws) => {
      await ws.accept()
    },
  )

  app.api.websocket('/ws/health', { rateLimit: false }, async (ws) => {
    await ws.accept()
  })
  // #endregion rate-limits

  return app
}

export async function redis(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region redis
  const redis = new Redis({ host: '127.0.0.1', lazyConnect: true })
  await app.register(sluice, {
    rateStore: createRedisRateStore({
      eval: (script, keys, args) => redis.eval(script, keys.length, ...keys, ...args),
    }),
    rateLimit: { rps: 5, burst: 20 },
  })
  app.addHook('onClose', async () => redis.disconnect())
  // #endregion redis

  return app
}

export async function reporting(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region on-denied
  const denials = new Map<string, number>()
  await app.register(sluice, {
    onDenied: ({ stage, denial, route }) => {
      const label = `${route} ${stage} ${denial.status}`
      denials.set(label, (denials.get(label) ?? 0) + 1)
    },
  })
  // #endregion on-denied

  return app
}

export async function closing(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region denial-close
  app.api.websocket('/ws/browser', { denial: 'close', maxConnections: 100 }, async (ws) => {
    await ws.accept()
  })
  // #endregion denial-close

  return app
}

export async function proxied(): Promise<FastifyInstance> {
  // #region proxy
  const app = Fastify({ trustProxy: '127.0.0.1' })
  await app.register(sluice, { rateLimit: { rps: 5, burst: 20 } })

  app.api.websocket('/ws/whoami', async (ws) => {
    await ws.accept()
    await ws.sendJson({ address: ws.client?.host, origin: `${ws.request.protocol}://${ws.request.host}` })
  })
  // #endregion proxy

  return app
}

export async function keptAlive(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region keep-alive
  app.api.websocket('/ws/feed', { limits: { heartbeat: { interval: 8_000 } } }, async (ws) => {
    await ws.accept()
    await ws.closed
  })
  // #endregion keep-alive

  return app
}

export async function silenced(): Promise<FastifyInstance> {
  const app = Fastify()

  // #region silence
  await app.register(sluice, {
    allowedOrigins: ['http://kiosk.local'],
    silenceWarnings: ['SLUICE_WARN_INSECURE_ORIGIN'],
  })
  // #endregion silence

  return app
}
