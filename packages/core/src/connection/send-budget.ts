/** A connection with bytes that its peer has not taken. */
export interface BudgetHolder {
  readonly bufferedAmount: number
  /** It holds the most of all, and all of them hold too much: it must let go. */
  budgetOnExceeded(): void
}

/** The bytes that all connections of a server hold for peers that are behind. Beyond the limit, whoever holds most is closed. */
export class SendBudget {
  readonly #limit: number
  readonly #held = new Map<BudgetHolder, number>()
  #total = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes held, as of the last word of each holder. */
  get total(): number {
    return this.#total
  }

  /** Says how much a connection holds now. It may be told to let go within this call. */
  note(holder: BudgetHolder, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0)
    this.#held.set(holder, bytes)
    if (this.#total > this.#limit) this.#shed()
  }

  /** A connection holds nothing any more. */
  forget(holder: BudgetHolder): void {
    this.#total -= this.#held.get(holder) ?? 0
    this.#held.delete(holder)
  }

  #shed(): void {
    // Peers have taken bytes since their connections last said so.
    for (const holder of this.#held.keys()) {
      const bytes = holder.bufferedAmount
      this.#total += bytes - (this.#held.get(holder) ?? 0)
      this.#held.set(holder, bytes)
    }
    if (this.#total <= this.#limit) return
    for (const [holder] of Array.from(this.#held).sort(([, a], [, b]) => b - a)) {
      if (this.#total <= this.#limit) return
      this.forget(holder)
      holder.budgetOnExceeded()
    }
  }
}
