import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { build } from './testee.ts'

it.each(['frame', 'ws'] as const)('sends large compressed messages back over the %s engine', async (engine) => {
  await using app = await build(engine)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = new WebSocket(address.replace('http', 'ws'))
  const messages = ['', 'text', 'x'.repeat(2 ** 20), Buffer.alloc(4 * 2 ** 20, 1)]
  const echoes = new Promise<unknown[]>((resolve) => {
    const received: unknown[] = []
    socket.on('message', (data: Buffer, isBinary) => {
      received.push(isBinary ? data : data.toString())
      if (received.length === messages.length) resolve(received)
    })
  })

  await new Promise((resolve) => socket.once('open', resolve))
  for (const message of messages) socket.send(message)

  expect(await echoes).toEqual(messages)
  expect(socket.extensions).toBe('permessage-deflate')
  socket.close()
  await new Promise((resolve) => socket.once('close', resolve))
})
