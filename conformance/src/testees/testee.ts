/** An implementation under test: it echoes every message, in the role of the server, of the client, or in both. */
export interface Testee {
  readonly name: string
  /** Starts a server that echoes, on a free loopback port. */
  serve?(): Promise<EchoServer>
  /** Opens a connection and echoes on it until it ends. */
  dial?(url: string): Promise<void>
}

export interface EchoServer {
  readonly port: number
  stop(): Promise<void>
}

/** Large enough for the 16 MiB of group 9. */
export const MAX_MESSAGE_SIZE = 64 * 1_024 * 1_024

/** More than the 65,536 of cases 9.3.1 and 9.4.1. */
export const MAX_FRAGMENTS = 131_072
