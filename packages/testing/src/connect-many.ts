import { TestClientError } from './errors.ts'
import type { TestClientOptions } from './options.ts'
import type { TestApp } from './test-app.ts'
import { mergeTranscripts, type TranscriptEntry } from './transcript.ts'
import { connectAs, stackBelow } from './websocket-test-client.ts'
import type { WebSocketTestConnection } from './websocket-test-connection.ts'

/** Connections that a test opened together, in their order. Take them apart: `const [ada, bob] = people`. */
export class TestConnections implements Iterable<WebSocketTestConnection>, AsyncDisposable {
  readonly #all: readonly WebSocketTestConnection[]

  constructor(all: readonly WebSocketTestConnection[]) {
    this.#all = all
  }

  get length(): number {
    return this.#all.length
  }

  [Symbol.iterator](): ArrayIterator<WebSocketTestConnection> {
    return this.#all.values()
  }

  /** @throws TestClientError `ERR_INVALID_OPTION` when there is no such connection */
  at(index: number): WebSocketTestConnection {
    const connection = this.#all.at(index)
    if (connection !== undefined) return connection
    throw new TestClientError('ERR_INVALID_OPTION', `there are ${this.length} connections, and none at ${index}`)
  }

  /** What has passed over all of them, in the order in which it happened. */
  get transcript(): TranscriptEntry[] {
    return mergeTranscripts(this.#all.map(({ transcript }) => transcript))
  }

  /** Calls back with each, all at the same time. @returns what it gave, in the order of the connections */
  each<T>(callback: (connection: WebSocketTestConnection, index: number) => T | PromiseLike<T>): Promise<T[]> {
    return Promise.all(this.#all.map(async (connection, index) => callback(connection, index)))
  }

  /** Waits until the server has nothing left to do for any of them. */
  async settled(): Promise<void> {
    await this.each((connection) => connection.settled())
  }

  /** Ends each as `await using` does. @throws what a handler threw, or an `AggregateError` of several */
  async [Symbol.asyncDispose](): Promise<void> {
    const ends = await Promise.allSettled(this.#all.map((connection) => connection[Symbol.asyncDispose]()))
    const errors = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []))
    if (errors.length > 1) throw new AggregateError(errors, `several errors on ${this.length} connections`)
    if (errors.length === 1) throw errors[0]
  }
}

/** One for all connections, or one for each by its index. */
export type ForEach<T> = T | ((index: number) => T)

/** More at once would overrun the queue in which an operating system keeps new connections. */
const BATCH_SIZE = 100

/**
 * Opens many connections at the same time.
 * @param app a Fastify instance, or an api from `createApi()`
 * @throws what `connect()` throws for one of them; the others are closed again
 */
export async function connectMany(
  app: TestApp,
  count: number,
  path: ForEach<string>,
  options: ForEach<TestClientOptions> = {},
): Promise<TestConnections> {
  const stack = stackBelow(connectMany)
  const open: WebSocketTestConnection[] = []
  for (let first = 0; first < count; first += BATCH_SIZE) {
    const batch = Array.from({ length: Math.min(BATCH_SIZE, count - first) }, (_, offset) => {
      const index = first + offset
      const itsPath = valueFor(path, index)
      return connectAs(app, itsPath, valueFor(options, index), { name: `${itsPath} #${index}`, stack })
    })
    const settled = await Promise.allSettled(batch)
    for (const result of settled) if (result.status === 'fulfilled') open.push(result.value)
    const failed = settled.find((result) => result.status === 'rejected')
    if (failed === undefined) continue
    await new TestConnections(open)[Symbol.asyncDispose]()
    throw failed.reason
  }
  return new TestConnections(open)
}

function valueFor<T>(given: ForEach<T>, index: number): T {
  return typeof given === 'function' ? (given as (index: number) => T)(index) : given
}
