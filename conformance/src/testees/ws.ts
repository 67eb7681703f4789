import { once } from 'node:events'
import { type RawData, WebSocket, type WebSocket as WebSocketConnection, WebSocketServer } from 'ws'
import { MAX_FRAGMENTS, MAX_MESSAGE_SIZE, type Testee } from './testee.ts'

const OPTIONS = {
  maxPayload: MAX_MESSAGE_SIZE,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_FRAGMENTS,
  perMessageDeflate: { threshold: 0 },
}

/** The `ws` package, the oracle of this runner. */
export const ws: Testee = {
  name: 'ws',

  async serve() {
    const server = new WebSocketServer({ ...OPTIONS, host: '127.0.0.1', port: 0 })
    server.on('connection', echo)
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('ws listens on no port')
    return {
      port: address.port,
      async stop() {
        for (const connection of server.clients) connection.terminate()
        server.close()
        await once(server, 'close')
      },
    }
  },

  async dial(url) {
    const connection = new WebSocket(url, OPTIONS)
    echo(connection)
    await once(connection, 'close')
  },
}

function echo(connection: WebSocketConnection): void {
  connection.on('message', (data: RawData, isBinary: boolean) => connection.send(data, { binary: isBinary }))
  // The close that follows an error is what the cases judge.
  connection.on('error', () => {})
}
