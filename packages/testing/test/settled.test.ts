import { describe, expect, it } from 'vitest'
import { nextTurn } from '../src/real-time.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

/** Longer than the wire has to be quiet for the client to believe that nothing comes. */
const TURNS_OF_WORK = 50

async function work(): Promise<void> {
  for (let turn = 0; turn < TURNS_OF_WORK; turn++) await nextTurn()
}

describe.each(['memory', 'socket'] as const)('settled over %s', (transport) => {
  it('waits until every message has been handled, and every answer has arrived', async () => {
    const app = await createApp()
    const handled: string[] = []
    app.api.websocket('/ws', {
      onMessage: async (ws, { data }) => {
        await work()
        handled.push(String(data))
        await ws.send(data)
      },
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    for (const text of ['a', 'b', 'c']) await ws.sendText(text)
    await ws.settled()

    expect(handled).toEqual(['a', 'b', 'c'])
    for (const text of handled) expect(await ws.receiveText({ timeout: 0 })).toBe(text)
  })

  it('waits for a handler that is between two messages', async () => {
    const app = await createApp()
    const handled: string[] = []
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      for await (const text of ws.iterText()) {
        await work()
        handled.push(text)
      }
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })
    await ws.settled()
    for (const text of ['a', 'b']) await ws.sendText(text)
    await ws.settled()

    expect(handled).toEqual(['a', 'b'])
  })

  it('is done at once where there is nothing to do', async () => {
    const app = await createApp()
    app.api.websocket('/ws', async (ws) => {
      await ws.accept()
      await ws.closed
    })
    await using ws = await WebSocketTestClient.connect(app, '/ws', { transport })

    await expect(ws.settled({ timeout: 0 })).resolves.toBeUndefined()
    await ws.close()
    await expect(ws.settled({ timeout: 0 })).resolves.toBeUndefined()
  })

  it('says what is left', async () => {
    const app = await createApp()
    const { promise, resolve } = Promise.withResolvers<void>()
    app.api.websocket('/callback', { onMessage: () => promise })
    app.api.websocket('/deaf', async (ws) => {
      await ws.accept()
      await promise
    })
    await using callback = await WebSocketTestClient.connect(app, '/callback', { transport })
    await using deaf = await WebSocketTestClient.connect(app, '/deaf', { transport })
    await callback.sendText('1')
    await deaf.sendText('1')

    await expect(callback.settled({ timeout: 0 })).rejects.toThrow(
      'the server has not settled: the handler has taken a message, and has neither returned nor asked for the next on /callback within 0 ms',
    )
    await expect(deaf.settled({ timeout: 0 })).rejects.toThrow('1 messages wait for the handler to receive them')
    resolve()
    await expect(callback.settled()).resolves.toBeUndefined()
  })
})
