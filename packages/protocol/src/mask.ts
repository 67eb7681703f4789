import { randomFillSync } from 'node:crypto'

/** From this length on, making a 64-bit view of the payload costs less than it saves. */
const WIDE_LENGTH = 192
/** Below this length of a whole chunk, making a 32-bit view of it costs more than it saves. */
const WORDS_LENGTH = 256
const NO_WORDS = new Int32Array(0)
/** A key holds its bytes in wire order, lowest first, which is the order inside a word of memory only here. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/**
 * Masks or unmasks `bytes[start, end)` in place (RFC 6455 section 5.3).
 *
 * @param key The four bytes of the masking key as one little-endian integer; the lowest applies to `bytes[start]`.
 * @param words `bytes` seen through `viewAsWords`: worth having when one buffer holds many small payloads.
 * @returns Whether the result is known to be ASCII. The loop over a small payload learns it for free; of a large one
 *   nothing is known.
 */
export function applyMask(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  words: Int32Array = NO_WORDS,
): boolean {
  if (end - start >= WIDE_LENGTH && IS_LITTLE_ENDIAN) {
    maskWide(bytes, start, end, key)
    return false
  }
  const aligned = Math.min(words.length === 0 ? end : (start + 3) & ~3, end)
  const union = maskBytes(bytes, start, aligned, key)
  if (aligned === end) return (union & 0x80) === 0

  const rotated = rotateKey(key, aligned - start)
  const lastWord = end >> 2
  let wordUnion = union
  for (let word = aligned >> 2; word < lastWord; word++) {
    wordUnion |= words[word] = (words[word] as number) ^ rotated
  }
  wordUnion |= maskBytes(bytes, lastWord << 2, end, rotated)
  return (wordUnion & 0x80808080) === 0
}

/** A 32-bit view of a buffer for `applyMask`, empty where it would not pay or alignment forbids it. */
export function viewAsWords(bytes: Uint8Array): Int32Array {
  if (bytes.length < WORDS_LENGTH || (bytes.byteOffset & 3) !== 0 || !IS_LITTLE_ENDIAN) return NO_WORDS
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
}

/** The key that applies `count` bytes further on. */
export function rotateKey(key: number, count: number): number {
  const bits = (count & 3) << 3
  return (key >>> bits) | (key << (32 - bits))
}

const keyPool = new Int32Array(256)
let keysUsed = keyPool.length

/** An unpredictable masking key (RFC 6455 section 10.3). */
export function createMaskingKey(): number {
  if (keysUsed === keyPool.length) {
    randomFillSync(keyPool)
    keysUsed = 0
  }
  return keyPool[keysUsed++] as number
}

function maskWide(bytes: Uint8Array, start: number, end: number, key: number): void {
  const aligned = start + (-(bytes.byteOffset + start) & 7)
  maskBytes(bytes, start, aligned, key)
  const rotated = rotateKey(key, aligned - start)
  const half = BigInt(rotated >>> 0)
  const wideKey = (half << 32n) | half
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset + aligned, (end - aligned) >>> 3)
  const last = words.length
  const lastOfFour = last & ~3
  let word = 0
  // Four at a time, or V8 spends more on the loop than on the words.
  for (; word < lastOfFour; word += 4) {
    words[word] = (words[word] as bigint) ^ wideKey
    words[word + 1] = (words[word + 1] as bigint) ^ wideKey
    words[word + 2] = (words[word + 2] as bigint) ^ wideKey
    words[word + 3] = (words[word + 3] as bigint) ^ wideKey
  }
  for (; word < last; word++) words[word] = (words[word] as bigint) ^ wideKey
  maskBytes(bytes, aligned + last * 8, end, rotated)
}

function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  let union = 0
  for (let index = start; index < end; index++, key = rotateKey(key, 1)) {
    union |= bytes[index] = (bytes[index] as number) ^ (key & 0xff)
  }
  return union
}
