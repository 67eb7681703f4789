/** Stands for a client of a database, of which each connection has one. */
export class Database {
  static open = 0
  readonly #names = new Map([
    ['plumbus', 'a plumbus'],
    ['portal-gun', 'a portal gun'],
  ])

  constructor() {
    Database.open++
  }

  async nameOf(item: string): Promise<string | undefined> {
    return this.#names.get(item)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Database.open--
  }
}
