import { describe, expect, it } from 'vitest'
import '../src/vitest.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

async function createClient(): Promise<WebSocketTestClient> {
  const app = await createApp({ allowedOrigins: [] })
  app.api.websocket('/ws', { onMessage: (ws, { data }) => (data === 'bye' ? ws.close(4000, 'bye') : ws.send(data)) })
  return new WebSocketTestClient(app, '/ws')
}

describe('the matchers for Vitest', () => {
  it('say what a test expects', async () => {
    const client = await createClient()
    await using ws = await client.connect()
    await expect(ws).toReceiveNoMessage()
    await ws.sendJson({ n: 1 })
    await expect(ws).toReceiveMessage({ n: 1 })
    await ws.sendText('bye')
    await expect(ws).toBeClosed({ code: 4000, reason: 'bye' })

    await expect(client.connect()).not.toBeDenied()
  })

  it('fail with the text of the expectation', async () => {
    const client = await createClient()
    await using ws = await client.connect()
    await ws.sendText('a')
    const wrong = async () => expect(ws).toReceiveMessage('b')
    const denied = async () => expect(client).toBeDenied(403)

    await expect(wrong()).rejects.toThrow(/sent another message than expected: text "a"\nwhat has passed/)
    await expect(denied()).rejects.toThrow('/ws was to be denied, and was accepted')
  })

  it('leave other errors alone', async () => {
    const client = await createClient()
    await using ws = await client.connect()
    await ws.close()
    const late = async () => expect(ws).not.toReceiveMessage()

    await expect(late()).rejects.toThrow('the connection was closed with 1000')
  })
})
