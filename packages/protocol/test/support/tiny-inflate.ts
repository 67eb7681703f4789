const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/**
 * Walks DEFLATE data (RFC 1951) and tells the longest distance that it looks back, which zlib keeps to itself.
 * Stops at the end of the data.
 */
export function longestDistance(data: Uint8Array): number {
  const bits = new BitReader(data)
  let longest = 0
  while (bits.left > 10) {
    bits.read(1)
    const type = bits.read(2)
    if (type === 0) {
      bits.align()
      bits.skipBytes(bits.read(16))
      continue
    }
    const [literals, distances] = type === 1 ? fixedCodes() : readDynamicCodes(bits)
    for (let symbol = literals.decode(bits); symbol !== 256; symbol = literals.decode(bits)) {
      if (symbol < 256) continue
      bits.read(LENGTH_EXTRA[symbol - 257] as number)
      if (LENGTH_BASE[symbol - 257] === undefined) throw new Error('Bad length')
      const code = distances.decode(bits)
      const extra = Math.max(0, (code >> 1) - 1)
      const base = code < 2 ? code + 1 : ((2 + (code & 1)) << extra) + 1
      longest = Math.max(longest, base + bits.read(extra))
    }
  }
  return longest
}

class BitReader {
  readonly #data: Uint8Array
  #position = 0

  constructor(data: Uint8Array) {
    this.#data = data
  }

  get left(): number {
    return this.#data.length * 8 - this.#position
  }

  read(count: number): number {
    let value = 0
    for (let bit = 0; bit < count; bit++, this.#position++) {
      value |= (((this.#data[this.#position >> 3] ?? 0) >> (this.#position & 7)) & 1) << bit
    }
    return value
  }

  align(): void {
    this.#position = (this.#position + 7) & ~7
  }

  /** Over the complement of the length, and what it counts. */
  skipBytes(count: number): void {
    this.#position += 16 + count * 8
  }
}

/** A canonical Huffman code, decoded bit by bit. */
class Huffman {
  readonly #symbols = new Map<number, number>()

  constructor(lengths: readonly number[]) {
    let code = 0
    for (let length = 1; length <= 15; length++, code <<= 1) {
      lengths.forEach((symbolLength, symbol) => {
        if (symbolLength === length) this.#symbols.set((1 << length) | code++, symbol)
      })
    }
  }

  decode(bits: BitReader): number {
    for (let code = 1; code < 1 << 16; ) {
      code = (code << 1) | bits.read(1)
      const symbol = this.#symbols.get(code)
      if (symbol !== undefined) return symbol
    }
    throw new Error('Bad code')
  }
}

function fixedCodes(): [Huffman, Huffman] {
  const lengths = Array.from({ length: 288 }, (_, symbol) =>
    symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
  )
  return [new Huffman(lengths), new Huffman(Array.from({ length: 30 }, () => 5))]
}

function readDynamicCodes(bits: BitReader): [Huffman, Huffman] {
  const literalCount = bits.read(5) + 257
  const distanceCount = bits.read(5) + 1
  const codeLengths = Array.from({ length: 19 }, () => 0)
  const count = bits.read(4) + 4
  for (const symbol of CODE_LENGTH_ORDER.slice(0, count)) codeLengths[symbol] = bits.read(3)
  const code = new Huffman(codeLengths)
  const lengths: number[] = []
  while (lengths.length < literalCount + distanceCount) {
    const symbol = code.decode(bits)
    if (symbol < 16) lengths.push(symbol)
    else if (symbol === 16) lengths.push(...repeat(lengths.at(-1) as number, 3 + bits.read(2)))
    else lengths.push(...repeat(0, symbol === 17 ? 3 + bits.read(3) : 11 + bits.read(7)))
  }
  return [new Huffman(lengths.slice(0, literalCount)), new Huffman(lengths.slice(literalCount))]
}

function repeat(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value)
}
