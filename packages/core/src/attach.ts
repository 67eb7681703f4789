import { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import fastifyWebsocket from '@fastify/websocket'
import fastify from 'fastify'
import type { Mount } from './create-api.ts'
import type { SluiceOptions } from './options.ts'
import { sluice } from './plugin.ts'
import { serverOf } from './server.ts'
import { answerStrayUpgrades } from './upgrade/stray-upgrades.ts'

/** An api that serves an HTTP server which is not Fastify's. */
export interface Attachment {
  /** Closes every connection and leaves the server, which goes on with its HTTP requests. */
  close(): Promise<void>
}

/**
 * Serves an api's routes on any `node:http` server: Express, Koa, or a plain one. The server answers its HTTP requests as before, and
 * upgrade requests for other paths stay with its other listeners; without one they get a 404.
 * @throws SluiceError for options or routes that are wrong
 */
export async function attach(server: Server, api: Mount, options: SluiceOptions = {}): Promise<Attachment> {
  const app = fastify()
  const upgrades = new EventEmitter()
  const forward = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrades.emit('upgrade', request, socket, head)
  }
  const isAlone = () => server.listenerCount('upgrade') === 1
  app.setNotFoundHandler((request, reply) => {
    if (!isAlone()) {
      reply.hijack()
      reply.raw.detachSocket(request.raw.socket)
      return
    }
    return reply.code(404).send({ detail: 'Not Found', code: 'ERR_NOT_FOUND' })
  })
  await app.register(fastifyWebsocket, { options: { server: upgrades as Server } })
  await app.register(sluice, options)
  // biome-ignore lint/nursery/noMisusedPromises: an api is an asynchronous plugin
  await app.register(api, {})
  await app.ready()
  answerStrayUpgrades(upgrades, ({ url = '' }) => isAlone() || serverOf(app)?.paths.has(url) === true)
  server.on('upgrade', forward)
  return {
    async close() {
      await app.close()
      server.removeListener('upgrade', forward)
    },
  }
}
