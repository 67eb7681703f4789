import { Opcode } from '@sluice/protocol'
import { runConcurrently } from '../../fuzz/run-concurrently.ts'
import { DeflateClient } from '../../test/engine/support/deflate-client.ts'
import { clientFrame } from '../../test/support/raw-websocket.ts'
import type { ServerProcess } from './server-process.ts'

/** What clients offer that can compress in a window of any size. */
export const OFFER = 'permessage-deflate; client_max_window_bits'
/** How many handshakes are under way at once. */
const CONCURRENCY = 32

/** Opens connections, and does something with each. */
export async function openClients(
  server: ServerProcess,
  count: number,
  { offer = OFFER, onOpen }: { offer?: string; onOpen?: (client: DeflateClient) => Promise<void> } = {},
): Promise<DeflateClient[]> {
  const clients: DeflateClient[] = []
  await runConcurrently({ first: 0, count, concurrency: CONCURRENCY }, async () => {
    const client = await DeflateClient.open(server, '/ws', offer)
    clients.push(client)
    await onOpen?.(client)
  })
  return clients
}

/** Closes connections: a quarter with a close frame, one by ending the stream, one by leaving, one by a reset. */
export async function closeInAllWays(clients: readonly DeflateClient[]): Promise<void> {
  for (const [index, { connection }] of clients.entries()) {
    switch (index % 4) {
      case 0:
        connection.write(clientFrame(Opcode.CLOSE, Buffer.from([0x03, 0xe8])))
        break
      case 1:
        connection.socket.end()
        break
      case 2:
        connection.destroy()
        break
      default:
        connection.reset()
    }
  }
  await Promise.all(clients.map(({ connection }) => connection.closed))
}
