import { Opcode } from '@sluice/protocol'
import type { SluiceOptions } from '../../src/index.ts'
import type { DeflateClient } from '../../test/engine/support/deflate-client.ts'
import { clientFrame } from '../../test/support/raw-websocket.ts'
import { closeInAllWays, openClients } from './clients.ts'
import type { MemoryReading } from './reading.ts'
import { ServerProcess } from './server-process.ts'

export interface LeakOptions extends Pick<SluiceOptions, 'engine' | 'compression'> {
  /** Open at once, in each cycle. */
  readonly connections: number
  readonly cycles: number
}

export interface LeakReport {
  /** After a few connections that warm the process up, before the first cycle. */
  readonly start: MemoryReading
  /** While the connections of the last cycle were open. */
  readonly open: MemoryReading
  /** After each cycle. */
  readonly cycles: readonly MemoryReading[]
}

/** How many bytes more of the heap may be in use after the last cycle than before the first. */
export const MAX_HEAP_GROWTH = 2_000_000
const WARM_UP = 200
const MESSAGE = clientFrame(Opcode.TEXT, 'a line that comes again and again; '.repeat(60))

/** Opens connections, has each of them echo a message, and closes them in all ways, over and over. */
export async function measureLeak({ connections, cycles, ...options }: LeakOptions): Promise<LeakReport> {
  await using server = await ServerProcess.start(options)
  await closeInAllWays(await openClients(server, Math.min(connections, WARM_UP), { onOpen: echo }))
  const start = await server.readIdle()
  const readings: MemoryReading[] = []
  let open: MemoryReading = start
  for (let count = 0; count < cycles; count++) {
    const clients = await openClients(server, connections, { onOpen: echo })
    open = await server.read()
    await closeInAllWays(clients)
    readings.push(await server.readIdle())
  }
  return { start, open, cycles: readings }
}

async function echo(client: DeflateClient): Promise<void> {
  client.write(MESSAGE)
  await client.next()
}
