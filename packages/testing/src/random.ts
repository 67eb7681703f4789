/** Numbers from 0 up to 1 that look random, and are the same for the same seed. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** One step of a Weyl sequence, mixed (the scheme of splitmix32). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }

  /** A number in a range, both ends included, and whole if they are. */
  within([least, most]: readonly [number, number]): number {
    const isWhole = Number.isInteger(least) && Number.isInteger(most)
    return isWhole ? least + Math.floor(this.next() * (most - least + 1)) : least + this.next() * (most - least)
  }

  happens(probability: number): boolean {
    return this.next() < probability
  }
}
