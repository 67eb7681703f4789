import type { ScopeObserver } from './scope.ts'

/** Counts the connections of a server whose dependencies have made something that is to be disposed of. */
export class HeldScopes implements ScopeObserver {
  #count = 0
  #none: PromiseWithResolvers<void> | null = null

  get size(): number {
    return this.#count
  }

  /** Resolves when nothing is left to be disposed of. */
  async whenNone(): Promise<void> {
    if (this.#count === 0) return
    this.#none ??= Promise.withResolvers<void>()
    await this.#none.promise
  }

  scopeOnHold(): void {
    this.#count++
  }

  scopeOnDisposed(): void {
    this.#count--
    if (this.#count > 0) return
    this.#none?.resolve()
    this.#none = null
  }
}
