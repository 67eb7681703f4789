import { TestClientError } from './errors.ts'

/** A connection that the test has neither closed nor disposed of, and whose end it has not met. */
export interface OpenConnection {
  readonly path: string
  /** The close code, if the server has closed it meanwhile. */
  readonly closeCode: number | null
  /** Where the test opened it. */
  readonly stack: string
}

/** A connection that is accounted for until it is forgotten. */
export interface TrackedConnection extends OpenConnection {
  terminate(): void
}

const tracked = new Set<TrackedConnection>()

export function track(connection: TrackedConnection): void {
  tracked.add(connection)
}

export function forget(connection: TrackedConnection): void {
  tracked.delete(connection)
}

export function openConnections(): readonly OpenConnection[] {
  return Array.from(tracked, ({ path, closeCode, stack }) => ({ path, closeCode, stack }))
}

/** Cuts every connection that is left over, so that the next test does not answer for it, and throws if there was one. */
export function assertNoLeaks(): void {
  const leaks = openConnections()
  for (const connection of tracked) connection.terminate()
  tracked.clear()
  if (leaks.length > 0) throw new TestClientError('ERR_LEAKED_CONNECTION', leaks.map(describe).join('\n\n'))
}

function describe({ path, closeCode, stack }: OpenConnection): string {
  const state = closeCode === null ? 'is still open' : `was closed with ${closeCode}, which the test never met`
  return `the connection to ${path} ${state}; close it, or open it with 'await using'\n${stack}`
}
