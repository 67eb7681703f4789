import fastifyWebsocket from '@fastify/websocket'
import Fastify, { type FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import type { WebSocket } from 'ws'

export const token = 'ada-token'

/** The same app on `@fastify/websocket`, for `injectWS`, which reaches no other routes. */
export async function createApp(): Promise<FastifyInstance> {
  const app = Fastify()
  onTestFinished(() => app.close())
  await app.register(fastifyWebsocket)
  const members = new Set<WebSocket>()
  app.addHook('preValidation', async ({ headers }, reply) => {
    if (headers.origin === 'https://evil.example') await reply.code(403).send({ detail: 'Origin not allowed' })
  })
  app.get('/echo', { websocket: true }, (ws) => {
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }))
  })
  app.get('/bye', { websocket: true }, (ws) => ws.close(4000, 'bye'))
  app.get('/me', { websocket: true }, (ws, { headers }) => {
    if (headers.authorization === `Bearer ${token}`) ws.send('ada')
    else ws.close(1008)
  })
  app.get('/chat', { websocket: true }, (ws) => {
    members.add(ws)
    ws.on('close', () => members.delete(ws))
    ws.on('message', (data) => {
      for (const member of members) if (member !== ws) member.send(String(data))
    })
  })
  app.get('/broken', { websocket: true }, (ws) => {
    ws.on('message', () => ws.close(1011))
  })
  return app
}
