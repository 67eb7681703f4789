/** What a load generator is told. Both generators, on Node and in C, read the same arguments and the same input. */
export interface LoadPlan {
  /** `hold` opens the connections and keeps them until the generator is ended. */
  readonly kind: LoadKind
  readonly port: number
  /** Connections, or for `handshake` the opening handshakes under way at once. */
  readonly sockets: number
  /** Messages on their way for each socket, or publications that not every member has yet. */
  readonly inFlight: number
  /** Milliseconds of load before the measurement. */
  readonly warmup: number
  /** Milliseconds of measurement; for `hold`, after which the generator gives up. */
  readonly duration: number
  /** Data frames in which the server delivers one message. */
  readonly framesPerMessage: number
  /** The upgrade request. */
  readonly request: Buffer
  /** What the client answers to the server's first frame before a connection counts as open; empty where there is no such exchange. */
  readonly greeting: Buffer
  /** One message: masked frames, built once. */
  readonly message: Buffer
}

export type LoadKind = 'echo' | 'fan-out' | 'handshake' | 'hold'

/** What a generator reports of the measured time: milliseconds, CPU time included. */
export interface LoadResult {
  /** Messages that came back, deliveries, or handshakes. */
  readonly count: number
  readonly elapsed: number
  readonly cpu: number
}

/** A line of a generator's output. `started` is the moment at which the measurement begins. */
export type LoadEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'started' }
  | ({ readonly event: 'finished' } & LoadResult)

/** The arguments and the standard input that hand a plan to a generator process. */
export function encodePlan(plan: LoadPlan): { args: string[]; input: Buffer } {
  const numbers = [plan.port, plan.sockets, plan.inFlight, plan.warmup, plan.duration, plan.framesPerMessage]
  const blobs = [plan.request, plan.greeting, plan.message].flatMap((blob) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(blob.length)
    return [length, blob]
  })
  return { args: [plan.kind, ...numbers.map((value) => String(Math.round(value)))], input: Buffer.concat(blobs) }
}

/** The plan that `encodePlan` encoded. */
export function decodePlan(args: readonly string[], input: Buffer): LoadPlan {
  const [kind, ...rest] = args
  const [port = 0, sockets = 0, inFlight = 0, warmup = 0, duration = 0, framesPerMessage = 0] = rest.map(Number)
  const blobs: Buffer[] = []
  for (let offset = 0; offset < input.length; ) {
    const end = offset + 4 + input.readUInt32LE(offset)
    blobs.push(input.subarray(offset + 4, end))
    offset = end
  }
  const [request, greeting, message] = blobs
  if (!isLoadKind(kind) || request === undefined || greeting === undefined || message === undefined) {
    throw new TypeError('the plan of the load generator is not complete')
  }
  return { kind, port, sockets, inFlight, warmup, duration, framesPerMessage, request, greeting, message }
}

function isLoadKind(text: string | undefined): text is LoadKind {
  return text === 'echo' || text === 'fan-out' || text === 'handshake' || text === 'hold'
}
