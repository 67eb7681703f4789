import { connect } from './connect.ts'
import { assertNoLeaks, type OpenConnection, openConnections } from './open-connections.ts'
import { resolveOptions, type TestClientOptions, type TestClientSettings } from './options.ts'
import type { TestApp } from './test-app.ts'
import { createUpgradeRequest } from './upgrade-request.ts'
import type { WebSocketTestConnection } from './websocket-test-connection.ts'

/**
 * Connects to a WebSocket route without a network: a stream in memory is handed to the app's own HTTP server, so that everything between
 * the socket and the handler is what runs in production.
 *
 * ```ts
 * await using ws = await new WebSocketTestClient(app, '/ws/echo').connect()
 * await ws.sendText('hello')
 * expect(await ws.receiveText()).toBe('hello')
 * ```
 */
export class WebSocketTestClient {
  readonly #app: TestApp
  readonly #path: string
  readonly #settings: TestClientSettings

  /**
   * @param app a Fastify instance, which is made ready, or an api from `createApi()`
   * @param path the path of the route, with a query if you like
   * @throws TestClientError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`
   */
  constructor(app: TestApp, path: string, options: TestClientOptions = {}) {
    this.#app = app
    this.#path = path
    this.#settings = resolveOptions(options)
    createUpgradeRequest(path, this.#settings)
  }

  /** `new WebSocketTestClient(app, path, options).connect()` in one call. */
  static async connect(app: TestApp, path: string, options?: TestClientOptions): Promise<WebSocketTestConnection> {
    return new WebSocketTestClient(app, path, options).#connect(WebSocketTestClient.connect)
  }

  /** The connections of this process that no test has closed or disposed of, and whose end none has met. */
  static openConnections(): readonly OpenConnection[] {
    return openConnections()
  }

  /**
   * For `afterEach`: throws when a connection was left over, and names its path and where it was opened. It is cut, so that each is
   * reported once.
   * @throws TestClientError `ERR_LEAKED_CONNECTION`
   */
  static assertNoLeaks(): void {
    assertNoLeaks()
  }

  /**
   * Opens a connection. A client can do it several times.
   * @throws HandshakeDenied when the app answers with anything but a 101
   * @throws TimeoutError when it does not answer in time
   */
  async connect(): Promise<WebSocketTestConnection> {
    return this.#connect(this.connect)
  }

  #connect(caller: (...args: never[]) => unknown): Promise<WebSocketTestConnection> {
    return open(this.#app, this.#path, this.#settings, { name: this.#path, stack: stackBelow(caller) })
  }
}

/** What tells a connection from others. */
interface Identity {
  /** What transcripts call it. */
  readonly name: string
  /** Where the test connects. */
  readonly stack: string
}

/** Connects as a client does, under a name of its own. */
export async function connectAs(
  app: TestApp,
  path: string,
  options: TestClientOptions,
  identity: Identity,
): Promise<WebSocketTestConnection> {
  return open(app, path, resolveOptions(options), identity)
}

async function open(
  app: TestApp,
  path: string,
  settings: TestClientSettings,
  identity: Identity,
): Promise<WebSocketTestConnection> {
  return connect(app, createUpgradeRequest(path, settings), { ...settings, path, ...identity })
}

/** Where a function was called, line by line. */
export function stackBelow(caller: (...args: never[]) => unknown): string {
  const here = { stack: '' }
  Error.captureStackTrace(here, caller)
  return here.stack.slice(here.stack.indexOf('\n') + 1)
}
