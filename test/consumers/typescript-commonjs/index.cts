import auth = require('@sluice/auth')
import core = require('@sluice/core')
import testing = require('@sluice/testing')
import fastify = require('fastify')

async function main(): Promise<string> {
  const app = fastify()
  await app.register(core.sluice)

  app.api.websocket('/echo/{times:int}', { guards: [auth.isAuthenticated()] }, async (ws, { times }) => {
    const count: number = times
    await ws.accept()
    await ws.sendText(`${count}`)
  })

  const ws = await testing.WebSocketTestClient.connect(app, '/echo/3')
  return ws.receiveText()
}

void main()
