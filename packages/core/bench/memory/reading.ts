/** Memory of the server in bytes, once everything that can be collected was. */
export interface MemoryReading {
  readonly heapUsed: number
  /** Buffers, and what zlib holds. */
  readonly external: number
  readonly rss: number
  /** The most that `rss` was since the reading before, garbage included. */
  readonly peakRss: number
}

/** What the server tells. */
export interface ServerReading extends MemoryReading {
  readonly openConnections: number
  readonly handlerErrors: number
}

/** Bytes on the heap and in buffers, without what the allocators keep for later. */
export function inUse({ heapUsed, external }: MemoryReading): number {
  return heapUsed + external
}
