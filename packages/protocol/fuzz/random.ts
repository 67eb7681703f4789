import { Buffer } from 'node:buffer'

/** Numbers that look random and come again with the same seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** A whole number from 0 to 4,294,967,295. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0
    let mixed = this.#state ^ (this.#state >>> 16)
    mixed = Math.imul(mixed, 0x21f0_aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return this.next() % limit
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.next() % times === 0
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.next() % items.length] as Item
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let index = 0; index < length; index++) bytes[index] = this.next()
    return bytes
  }
}
