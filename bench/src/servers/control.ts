import { createInterface } from 'node:readline'

/** What a server process tells its runner, a line of JSON each. */
export type ServerEvent = { readonly event: 'listening'; readonly listening: Listening } | UsageEvent
type UsageEvent = { readonly event: 'usage'; readonly usage: Usage }

export interface Listening {
  readonly port: number
  /** The Node that runs it. */
  readonly node: string
  /** Headers that pass the checks of the `checked` route. */
  readonly headers: Readonly<Record<string, string>>
}

/** What the process has used, and when: CPU and clock in milliseconds, memory in bytes. */
export interface Usage {
  readonly at: number
  readonly cpu: number
  readonly rss: number
  /** The JavaScript heap and what buffers hold outside of it. */
  readonly heap: number
}

/** What a runner may ask: the usage now, or the usage after a full garbage collection. The end of the input stops the server. */
export type ServerCommand = 'usage' | 'collect'

/** Announces a server that listens, and answers the runner until it stops asking. */
export function serve(port: number, headers: Readonly<Record<string, string>> = {}): void {
  send({ event: 'listening', listening: { port, node: process.version, headers } })
  const commands = createInterface({ input: process.stdin })
  commands.on('line', (command) => {
    if (command === 'collect') globalThis.gc?.()
    send({ event: 'usage', usage: readUsage() })
  })
  commands.on('close', () => process.exit(0))
}

function send(event: ServerEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

function readUsage(): Usage {
  const cpu = process.cpuUsage()
  const memory = process.memoryUsage()
  return {
    at: performance.now(),
    cpu: (cpu.user + cpu.system) / 1000,
    rss: memory.rss,
    heap: memory.heapUsed + memory.external,
  }
}
