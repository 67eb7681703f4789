/** What the registry knows of a connection. */
export interface RegisteredConnection {
  readonly route: string
}

/** The open connections of one server. */
export class ConnectionRegistry<C extends RegisteredConnection> implements Iterable<C> {
  readonly #connections = new Set<C>()

  get size(): number {
    return this.#connections.size
  }

  /** How many are open on each route. */
  byRoute(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { route } of this.#connections) counts.set(route, (counts.get(route) ?? 0) + 1)
    return counts
  }

  add(connection: C): void {
    this.#connections.add(connection)
  }

  has(connection: C): boolean {
    return this.#connections.has(connection)
  }

  delete(connection: C): boolean {
    return this.#connections.delete(connection)
  }

  [Symbol.iterator](): Iterator<C> {
    return this.#connections.values()
  }
}
