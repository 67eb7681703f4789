/** A number, or a range from which the seed draws. */
export type FaultRange = number | readonly [least: number, most: number]

/** What is wrong with a wire in memory. The order of the bytes is kept, unless they are duplicated. */
export interface FaultOptions {
  /** The same seed gives the same faults. @default 1 */
  readonly seed?: number | undefined
  /** Milliseconds of the app's clock that bytes take in each direction, once the connection is open. @default 0 */
  readonly latency?: FaultRange | undefined
  /** The most bytes that arrive at once, in both directions and from the first byte on. 1 cuts everywhere. @default 65_536 */
  readonly chunkSize?: FaultRange | undefined
  /** Bytes that the client reads in a second of the app's clock, once the connection is open. @default no limit */
  readonly readRate?: number | undefined
  /** How probable it is that a chunk arrives at the server twice, once the connection is open: 0 to 1. @default 0 */
  readonly duplicate?: number | undefined
  /** How probable it is that one bit of a chunk to the server is flipped, once the connection is open: 0 to 1. @default 0 */
  readonly corrupt?: number | undefined
  /** Resets the connection at the moment when the answer to the upgrade request is to arrive. @default false */
  readonly resetAtUpgrade?: boolean | undefined
}

export interface FaultSettings {
  readonly seed: number
  readonly latency: readonly [number, number]
  readonly chunkSize: readonly [number, number]
  readonly readRate: number
  readonly duplicate: number
  readonly corrupt: number
  readonly resetAtUpgrade: boolean
}

/** The most bytes that arrive at once, as with a socket of Node. */
export const LARGEST_CHUNK = 65_536

export function resolveFaults(given: FaultOptions): FaultSettings {
  return Object.freeze({
    seed: given.seed ?? 1,
    latency: rangeOf(given.latency ?? 0),
    chunkSize: rangeOf(given.chunkSize ?? LARGEST_CHUNK),
    readRate: given.readRate ?? Infinity,
    duplicate: given.duplicate ?? 0,
    corrupt: given.corrupt ?? 0,
    resetAtUpgrade: given.resetAtUpgrade ?? false,
  })
}

function rangeOf(range: FaultRange): readonly [number, number] {
  return typeof range === 'number' ? [range, range] : range
}
