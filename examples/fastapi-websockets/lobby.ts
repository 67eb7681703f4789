import { broadcast, createApi, type WebSocketConnection } from '@sluice/core'

const members = new Set<WebSocketConnection>()

/** Several clients, and what is left to do when one of them has gone, however it went. */
export const lobby = createApi().websocket('/ws/{client_id:int}', async (ws, { client_id }) => {
  await ws.accept()
  members.add(ws)
  try {
    for await (const text of ws.iterText()) {
      await ws.sendText(`You: ${text}`)
      broadcast(members, `Client ${client_id}: ${text}`, { except: ws })
    }
  } finally {
    members.delete(ws)
    broadcast(members, `Client ${client_id} has left`)
  }
})
