/** What the server says of itself, once everything that can be collected was. Memory in bytes. */
export interface ServerReading {
  readonly heapUsed: number
  /** Buffers, and what zlib holds. */
  readonly external: number
  readonly rss: number
  /** The most that `rss` was since the reading before, garbage included. */
  readonly peakRss: number
  /** `api.connections.size`. */
  readonly connections: number
  /** TCP connections that the process holds, in whatever state. */
  readonly sockets: number
  readonly handlerErrors: number
  /** Promises that were rejected and that nobody handled. */
  readonly rejections: readonly string[]
  /** Lines of the log, of level `info` or above, without those that Fastify writes of each request. */
  readonly logLines: number
  /** Those of level `error` or above. */
  readonly errorLines: readonly string[]
}

/** Bytes on the heap and in buffers, without what the allocators keep for later. */
export function inUse({ heapUsed, external }: ServerReading): number {
  return heapUsed + external
}
