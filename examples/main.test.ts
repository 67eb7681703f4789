import { expect, it } from 'vitest'
import { closeOf, openWebSocket } from './support/open-websocket.ts'
import { startExample } from './support/start-example.ts'

it.each(['echo', 'chat', 'callbacks', 'express', 'fastapi-websockets'])(
  '%s prints an address that answers, and ends on Ctrl-C with a WebSocket open',
  { timeout: 20_000 },
  async (name) => {
    await using example = await startExample(name)
    const socket = await openWebSocket(example.address)
    const [code, close] = await Promise.all([example.stop('SIGINT'), closeOf(socket)])
    expect(close).toMatchObject({ code: 1001, reason: 'Server shutdown' })
    expect(code).toBe(0)
  },
)

it.each(['typed-params', 'typed-inputs'])('%s prints an address that answers', { timeout: 20_000 }, async (name) => {
  await using example = await startExample(name)
  const socket = await openWebSocket(example.address)
  expect(await closeOf(socket)).toMatchObject({ code: 1000 })
  expect(await example.stop('SIGINT')).toBe(0)
})
