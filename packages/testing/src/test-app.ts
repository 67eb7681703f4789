import type { Mount } from '@sluice/core'
import fastify, { type FastifyInstance } from 'fastify'
import { type ListeningApp, type ListeningPort, portOf, SharedPort } from './listening-port.ts'

/** What a test client connects to: a Fastify instance, or an api from `createApi()`. */
export type TestApp = Mount | FastifyLike

/** A Fastify instance, whatever its type parameters are. */
export interface FastifyLike extends ListeningApp {
  ready(): PromiseLike<unknown>
}

/** A Fastify instance that is ready, and how to reach it over a real port. */
export interface ReadyApp {
  readonly instance: FastifyInstance
  listen(): Promise<ListeningPort>
}

/**
 * Makes the app ready. An api gets an app of its own, which lives as long as the api: clients one after the other meet the same counters
 * and limits, as they would in production.
 */
export async function resolveApp(app: TestApp): Promise<ReadyApp> {
  if (typeof app !== 'function') {
    const ready = readyApps.get(app) ?? app.ready()
    readyApps.set(app, ready)
    await ready
    return { instance: app as FastifyInstance, listen: () => portOf(app) }
  }
  const made = madeApps.get(app) ?? createApp(app)
  madeApps.set(app, made)
  return made
}

/** An app that is being closed never answers a second `ready`. */
const readyApps = new WeakMap<FastifyLike, PromiseLike<unknown>>()

const madeApps = new WeakMap<Mount, Promise<ReadyApp>>()

/** Nobody can close this app, so that it holds a port only while a connection needs it. */
async function createApp(api: Mount): Promise<ReadyApp> {
  const instance = fastify()
  await instance.register(api, {})
  await instance.ready()
  const port = new SharedPort(instance.server)
  return { instance, listen: () => port.acquire() }
}
