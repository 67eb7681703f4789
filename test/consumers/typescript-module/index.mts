import { createJwt, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import sluice, { CloseCode } from '@sluice/core'
import type { AuthBackend } from '@sluice/core/ports'
import { WebSocketTestClient } from '@sluice/testing'
import Fastify from 'fastify'

const app = Fastify()
await app.register(sluice)

const backend: AuthBackend = jwtAuthentication({ secret: 'a secret that is longer than thirty-two bytes' })

app.api.websocket('/echo/{times:int}', { auth: [backend], guards: [isAuthenticated()] }, async (ws, { times }) => {
  const count: number = times
  // @ts-expect-error: the path says that it is a number
  const text: string = times
  await ws.accept()
  await ws.sendText(`${count} ${text}`)
  await ws.close(CloseCode.NORMAL)
})

const token: string = await createJwt({ sub: 'ada' }, { secret: 'secret', expiresIn: 60_000 })
await using ws = await WebSocketTestClient.connect(app, '/echo/3', { headers: { authorization: `Bearer ${token}` } })
const received: string = await ws.receiveText()
console.log(received)
