/**
 * Walks over the heads of a MessagePack value without decoding it. A few bytes can announce an array of millions, for which the
 * decoder makes room before it finds that nothing follows.
 * @throws Error for a value that announces more than it holds, is nested too deeply, is malformed, or has an extension type
 *   other than the timestamp
 */
export function assertMsgpackShape(bytes: Uint8Array, maxDepth: number): void {
  const heads = new HeadReader(bytes)
  /** How many values each array and map that has begun still lacks, the innermost last. */
  const open: number[] = []
  let lacking = 1
  while (lacking > 0) {
    const members = heads.next()
    lacking += members - 1
    if (lacking > heads.rest) throw new Error('announces more than it holds')
    if (open.length > 0) (open[open.length - 1] as number)--
    if (members > 0) {
      if (open.length === maxDepth) throw new Error('nested too deeply')
      open.push(members)
    }
    while (open.at(-1) === 0) open.pop()
  }
}

/** The heads of MessagePack values, one after the other: https://github.com/msgpack/msgpack/blob/master/spec.md */
class HeadReader {
  readonly #view: DataView
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** How many bytes follow. Each value takes one at least. */
  get rest(): number {
    return this.#view.byteLength - this.#position
  }

  /** Passes over one head and the bytes that belong to it. @returns how many values are inside */
  next(): number {
    const head = this.#readUint(1)
    if (head <= 0x7f || head >= 0xe0) return 0
    if (head <= 0x8f) return (head & 0x0f) * 2
    if (head <= 0x9f) return head & 0x0f
    if (head <= 0xbf) return this.#skip(head & 0x1f)
    switch (head) {
      case NIL:
      case FALSE:
      case TRUE:
        return 0
      case UINT_8:
      case INT_8:
        return this.#skip(1)
      case UINT_16:
      case INT_16:
        return this.#skip(2)
      case UINT_32:
      case INT_32:
      case FLOAT_32:
        return this.#skip(4)
      case UINT_64:
      case INT_64:
      case FLOAT_64:
        return this.#skip(8)
      case STRING_8:
      case BINARY_8:
        return this.#skip(this.#readUint(1))
      case STRING_16:
      case BINARY_16:
        return this.#skip(this.#readUint(2))
      case STRING_32:
      case BINARY_32:
        return this.#skip(this.#readUint(4))
      case ARRAY_16:
        return this.#readUint(2)
      case ARRAY_32:
        return this.#readUint(4)
      case MAP_16:
        return this.#readUint(2) * 2
      case MAP_32:
        return this.#readUint(4) * 2
      case FIXED_EXTENSION_4:
        return this.#skipTimestamp(4)
      case FIXED_EXTENSION_8:
        return this.#skipTimestamp(8)
      case EXTENSION_8:
        return this.#skipTimestamp(this.#readUint(1))
      default:
        throw new Error(`has a value of the type 0x${head.toString(16)}`)
    }
  }

  #readUint(size: 1 | 2 | 4): number {
    const at = this.#position
    this.#skip(size)
    if (size === 1) return this.#view.getUint8(at)
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at)
  }

  #skipTimestamp(size: number): number {
    const type = this.#readUint(1)
    if (type !== TIMESTAMP) throw new Error(`has the extension type ${type}`)
    return this.#skip(size)
  }

  #skip(size: number): number {
    if (size > this.rest) throw new Error('ends too early')
    this.#position += size
    return 0
  }
}

const NIL = 0xc0
const FALSE = 0xc2
const TRUE = 0xc3
const BINARY_8 = 0xc4
const BINARY_16 = 0xc5
const BINARY_32 = 0xc6
const EXTENSION_8 = 0xc7
const FLOAT_32 = 0xca
const FLOAT_64 = 0xcb
const UINT_8 = 0xcc
const UINT_16 = 0xcd
const UINT_32 = 0xce
const UINT_64 = 0xcf
const INT_8 = 0xd0
const INT_16 = 0xd1
const INT_32 = 0xd2
const INT_64 = 0xd3
const FIXED_EXTENSION_4 = 0xd6
const FIXED_EXTENSION_8 = 0xd7
const STRING_8 = 0xd9
const STRING_16 = 0xda
const STRING_32 = 0xdb
const ARRAY_16 = 0xdc
const ARRAY_32 = 0xdd
const MAP_16 = 0xde
const MAP_32 = 0xdf
/** The type -1. */
const TIMESTAMP = 0xff
