import { createServer, type Server } from 'node:http'
import { attach, createApi } from '@sluice/core'
import express from 'express'

/** WebSocket routes beside an Express app. */
export const api = createApi().websocket('/ws/echo', async (ws) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(text)
})

/** An HTTP server where Express answers requests and Sluice answers WebSockets. */
export async function build(): Promise<Server> {
  const app = express()
  app.get('/', (_request, response) => void response.send('Express is here, and a WebSocket echo at /ws/echo'))

  const server = createServer(app)
  await attach(server, api)
  return server
}
