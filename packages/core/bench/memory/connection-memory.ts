import { Deflater, Opcode } from '@sluice/protocol'
import type { SluiceOptions } from '../../src/index.ts'
import { clientFrame } from '../../test/support/raw-websocket.ts'
import { openClients } from './clients.ts'
import { inUse } from './reading.ts'
import { ServerProcess } from './server-process.ts'

export interface ConnectionOptions extends Pick<SluiceOptions, 'engine' | 'compression'> {
  readonly connections: number
  /** The extensions that clients offer. */
  readonly offer: string
}

/** What one connection needs of the server, in bytes. */
export interface ConnectionCost {
  /** On the heap and in buffers. */
  readonly inUse: number
  /** Of the resident memory. */
  readonly rss: number
}

/** What one connection may need of the server with our defaults, in bytes. */
export const MAX_CONNECTION_COST = 64_000
/** So many connections of the same kind are open before those that are measured. */
const WARM_UP = 500
const MESSAGES = 3

/** Opens connections, has each of them echo messages of 40 KB, and measures what they need while they are idle. */
export async function measureConnections({
  connections,
  offer,
  ...options
}: ConnectionOptions): Promise<ConnectionCost> {
  await using server = await ServerProcess.start(options)
  const message = await createMessage(offer)
  const onOpen: Parameters<typeof openClients>[2] = {
    offer,
    async onOpen(client) {
      for (let count = 0; count < MESSAGES; count++) {
        client.write(message)
        await client.next()
      }
    },
  }
  const first = await openClients(server, Math.min(WARM_UP, connections), onOpen)
  const before = await server.read()
  const others = await openClients(server, connections, onOpen)
  const after = await server.read()
  for (const { connection } of [...first, ...others]) connection.destroy()
  return {
    inUse: Math.round((inUse(after) - inUse(before)) / connections),
    rss: Math.round((after.rss - before.rss) / connections),
  }
}

/** Compressed where the clients offer that, such that it fills any window. */
function createMessage(offer: string): Promise<Buffer> {
  const text = Array.from({ length: 1_000 }, (_, id) => `{"id":${id},"name":"user ${(id * 7919) % 997}"}`).join()
  const deflater = new Deflater({ windowBits: 12, contextTakeover: false })
  return new Promise((resolve) => {
    if (!offer.includes('permessage-deflate')) resolve(clientFrame(Opcode.TEXT, text))
    else
      deflater.deflate(text, (payload) =>
        resolve(clientFrame(Opcode.TEXT, payload ?? text, { rsv1: payload !== undefined })),
      )
  })
}
