import type { WebSocketConnection } from '@sluice/core'
import { serverOf } from '@sluice/core/internal'
import { describe, expect, it } from 'vitest'
import { connectMany } from '../src/connect-many.ts'
import { expectBroadcast } from '../src/expectations.ts'
import { formatTranscript } from '../src/transcript.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

async function createChat(options = {}) {
  const app = await createApp(options)
  const rooms = new Map<string, Set<WebSocketConnection>>()
  const membersOf = (room: string) => rooms.get(room) ?? new Set()
  app.api.websocket('/chat/{room}', {
    onConnect: (ws, { room }) => void rooms.set(room, membersOf(room).add(ws as never)),
    onMessage: (ws, { data }) => {
      for (const member of membersOf(ws.params.room)) member.trySend(`${ws.query.name}: ${data}`)
    },
    onDisconnect: (ws) => void membersOf(ws.params.room).delete(ws as never),
  })
  return app
}

describe('connectMany', () => {
  it('opens connections in order, which can be taken apart', async () => {
    const app = await createChat()
    const names = ['ada', 'bob', 'eve']
    await using people = await connectMany(app, 3, '/chat/tea', (index) => ({
      query: { name: names[index] as string },
    }))
    const [ada, bob, eve] = people
    await bob?.sendText('hi')
    await expectBroadcast(people, 'bob: hi')

    expect(people).toHaveLength(3)
    expect([people.at(0), people.at(1), people.at(-1)]).toEqual([ada, bob, eve])
    expect(() => people.at(3)).toThrow('there are 3 connections, and none at 3')
    expect(await people.each((ws, index) => `${ws.path} ${index}`)).toEqual([
      '/chat/tea 0',
      '/chat/tea 1',
      '/chat/tea 2',
    ])
  })

  it('merges what has passed', async () => {
    const clock = virtualClock()
    const app = await createChat({ clock })
    await using people = await connectMany(app, 2, (index) => `/chat/tea?name=${index}`)
    for (const ws of people) {
      await ws.sendText('hi')
      await people.settled()
      await clock.advance(5)
    }

    const lines = formatTranscript(people.transcript).split('\n').slice(1)
    expect(lines[0]).toBe('  /chat/tea?name=0 #0: 0 ms → text "hi"')
    expect(lines.slice(1, 3).sort()).toEqual([
      '  /chat/tea?name=0 #0: 0 ms ← text "0: hi"',
      '  /chat/tea?name=1 #1: 0 ms ← text "0: hi"',
    ])
    expect(lines[3]).toBe('  /chat/tea?name=1 #1: 5 ms → text "hi"')
    expect(lines).toHaveLength(6)
  })

  it('closes the others when one is denied', async () => {
    const app = await createApp({ maxConnections: 3 })
    app.api.websocket('/ws', { onMessage: () => {} })

    await expect(connectMany(app, 5, '/ws')).rejects.toMatchObject({ status: 503 })
    expect(serverOf(app)?.stats).toMatchObject({ open: 0, accepted: 3, denied: 2 })
    expect(WebSocketTestClient.openConnections()).toEqual([])
  })

  it('names the line of the test for those that are left open', async () => {
    const app = await createChat()
    await connectMany(app, 2, '/chat/tea')

    expect(WebSocketTestClient.openConnections().map(({ stack }) => stack.split('\n')[0])).toEqual([
      expect.stringContaining('connect-many.test.ts'),
      expect.stringContaining('connect-many.test.ts'),
    ])
    expect(WebSocketTestClient.assertNoLeaks).toThrow(/to \/chat\/tea (.|\n)*to \/chat\/tea /)
  })

  it('throws what handlers threw', async () => {
    const app = await createApp()
    app.api.websocket('/ws', {
      onMessage: (_ws, { data }) => {
        throw new TypeError(String(data))
      },
    })
    const fail = async (count: number) => {
      await using all = await connectMany(app, 3, '/ws')
      for (const ws of [...all].slice(0, count)) await ws.sendText('broken')
      await all.settled()
    }

    await expect(fail(1)).rejects.toThrow(new TypeError('broken'))
    await expect(fail(2)).rejects.toThrow('several errors on 3 connections')
  })

  it('connects a thousand, each of which exchanges a message', async () => {
    const app = await createChat()
    await using crowd = await connectMany(app, 1_000, (index) => `/chat/${index}?name=n`)
    await crowd.each((ws, index) => ws.sendText(String(index)))

    expect(await crowd.each((ws) => ws.receiveText())).toEqual(Array.from(crowd, (_, index) => `n: ${index}`))
  })
})
