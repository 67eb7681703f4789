import { describe, expect, it } from 'vitest'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

async function createClient(): Promise<WebSocketTestClient> {
  const app = await createApp()
  app.api.websocket('/ws', async (ws) => {
    await ws.accept()
    for await (const text of ws.iterText()) await ws.close(4000, text)
  })
  return new WebSocketTestClient(app, '/ws')
}

const { openConnections, assertNoLeaks } = WebSocketTestClient

describe('the leak check', () => {
  it('TC-02 finds a connection that was left open, and names its path and where it was opened', async () => {
    const client = await createClient()
    const ws = await client.connect()

    expect(openConnections()).toEqual([
      { path: '/ws', closeCode: null, stack: expect.stringContaining('open-connections.test.ts') },
    ])
    expect(assertNoLeaks).toThrow(
      expect.objectContaining({
        code: 'ERR_LEAKED_CONNECTION',
        message: expect.stringMatching(/^the connection to \/ws is still open.*\n.*open-connections\.test\.ts/),
      }),
    )
    await ws[Symbol.asyncDispose]()
    expect(ws.closeCode).toBe(1006)
    expect(assertNoLeaks()).toBeUndefined()
  })

  it('shows where the static method was called', async () => {
    const client = await createClient()
    await client.connect()
    const app = await createApp()
    app.api.websocket('/other', (ws) => ws.accept())
    await WebSocketTestClient.connect(app, '/other')
    const [first, second] = openConnections().map(({ stack }) => stack.split('\n')[0])

    expect(first).toContain('open-connections.test.ts')
    expect(second).toContain('open-connections.test.ts')
    expect(assertNoLeaks).toThrow(/to \/ws (.|\n)*to \/other/)
  })

  it('knows a connection that the test closed, cut or disposed of', async () => {
    const client = await createClient()
    const [closed, cut, disposed] = [await client.connect(), await client.connect(), await client.connect()]
    await closed.close()
    cut.terminate()
    await disposed[Symbol.asyncDispose]()

    expect(openConnections()).toEqual([])
  })

  it('knows a connection whose end the test met', async () => {
    const client = await createClient()
    const [received, iterated, sent] = [await client.connect(), await client.connect(), await client.connect()]
    for (const ws of [received, iterated, sent]) await ws.sendText('bye')
    await expect(received.receive()).rejects.toThrow('bye')
    expect(await iterated.iterText().next()).toEqual({ done: true, value: undefined })
    expect(openConnections()).toHaveLength(1)
    await expect(sent.ping()).rejects.toThrow('bye')

    expect(openConnections()).toEqual([])
  })

  it('is not deceived by an app that closed the connection for the test', async () => {
    const app = await createApp()
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.closed
    })
    await WebSocketTestClient.connect(app, '/ws')
    await app.close()

    expect(openConnections()).toMatchObject([{ closeCode: 1001 }])
    expect(assertNoLeaks).toThrow('the connection to /ws was closed with 1001, which the test never met')
    expect(openConnections()).toEqual([])
  })

  it('has nothing to say of a denied handshake', async () => {
    const client = new WebSocketTestClient(await createApp(), '/nowhere')
    await expect(client.connect()).rejects.toMatchObject({ status: 404 })

    expect(openConnections()).toEqual([])
  })
})
