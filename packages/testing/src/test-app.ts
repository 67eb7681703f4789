import { type Clock, type Mount, sluice } from '@sluice/core'
import { serverOf } from '@sluice/core/internal'
import { systemClock } from '@sluice/core/ports'
import fastify, { type FastifyInstance } from 'fastify'
import { TestClientError } from './errors.ts'
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
  /** That of its Sluice. */
  readonly clock: Clock
  listen(): Promise<ListeningPort>
}

/**
 * Makes the app ready. An api gets an app of its own, which lives as long as the api: clients one after the other meet the same counters
 * and limits, as they would in production.
 * @param clock what an api is to run on
 * @throws TestClientError `ERR_CLOCK_MISMATCH` when the app runs on another one
 */
export async function resolveApp(app: TestApp, clock: Clock | undefined): Promise<ReadyApp> {
  const ready = typeof app === 'function' ? await madeApp(app, clock) : await readyApp(app)
  if (clock !== undefined && ready.clock !== clock) throw clockMismatch()
  return ready
}

async function readyApp(app: FastifyLike): Promise<ReadyApp> {
  const ready = readyApps.get(app) ?? app.ready()
  readyApps.set(app, ready)
  await ready
  const instance = app as FastifyInstance
  return { instance, clock: clockOf(instance), listen: () => portOf(app) }
}

/** An app that is being closed never answers a second `ready`. */
const readyApps = new WeakMap<FastifyLike, PromiseLike<unknown>>()

function madeApp(api: Mount, clock: Clock | undefined): Promise<ReadyApp> {
  const made = madeApps.get(api) ?? createApp(api, clock)
  madeApps.set(api, made)
  return made
}

const madeApps = new WeakMap<Mount, Promise<ReadyApp>>()

/** Nobody can close this app, so that it holds a port only while a connection needs it. */
async function createApp(api: Mount, clock: Clock | undefined): Promise<ReadyApp> {
  const instance = fastify()
  if (clock !== undefined) await instance.register(sluice, { clock })
  await instance.register(api, {})
  await instance.ready()
  const port = new SharedPort(instance.server)
  return { instance, clock: clockOf(instance), listen: () => port.acquire() }
}

function clockOf(instance: FastifyInstance): Clock {
  return serverOf(instance)?.clock ?? systemClock
}

function clockMismatch(): TestClientError {
  return new TestClientError(
    'ERR_CLOCK_MISMATCH',
    "the client's clock is not the app's: give the same one to the plugin, `app.register(sluice, { clock })`",
  )
}
