import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/** A TCP port on which a server listens. */
export interface ListeningPort {
  readonly host: string
  readonly port: number
  /** The connection has ended: the port is no longer needed for it. */
  release(): void
}

/** Lets a server listen while a connection needs its port, and no longer. */
export class SharedPort {
  readonly #server: Server
  #users = 0
  #listening: Promise<unknown> | null = null

  constructor(server: Server) {
    this.#server = server
  }

  async acquire(): Promise<ListeningPort> {
    this.#users++
    this.#listening ??= once(this.#server.listen(0, LOOPBACK), 'listening')
    await this.#listening
    return { ...addressOf(this.#server), release: () => this.#release() }
  }

  #release(): void {
    if (--this.#users > 0) return
    this.#listening = null
    this.#server.close()
  }
}

/** An app that the test closes by itself. */
export interface ListeningApp {
  readonly server: Server
  listen(options: { port: number; host: string }): Promise<unknown>
}

/** The port of an app, which listens from now on if it has not before. */
export async function portOf(app: ListeningApp): Promise<ListeningPort> {
  if (!app.server.listening) {
    const beginning = beginnings.get(app.server) ?? rootOf(app).listen({ port: 0, host: LOOPBACK })
    beginnings.set(app.server, beginning)
    await beginning.finally(() => beginnings.delete(app.server))
  }
  return { ...addressOf(app.server), release: () => {} }
}

const LOOPBACK = '127.0.0.1'
/** Clients that connect at the same time wait for one `listen`. */
const beginnings = new WeakMap<Server, Promise<unknown>>()

/** Fastify lets only the instance at the root listen; those below inherit from it. */
function rootOf(app: ListeningApp): ListeningApp {
  const parent: ListeningApp | null = Object.getPrototypeOf(app)
  return parent !== null && 'server' in parent ? rootOf(parent) : app
}

function addressOf(server: Server): { host: string; port: number } {
  const { address, port } = server.address() as AddressInfo
  const isAnyAddress = address === '0.0.0.0' || address === '::'
  return { host: isAnyAddress ? LOOPBACK : address, port }
}
