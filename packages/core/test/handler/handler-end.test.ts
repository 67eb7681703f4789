import { describe, expect, it } from 'vitest'
import type { ServerObserver } from '../../src/internal.ts'
import { serverOf } from '../../src/internal.ts'
import { type AppSite, serve } from '../support/site.ts'

/** What an observer is told of handlers and connections, in order. */
function observe(site: AppSite): { told: string[]; ended: Promise<void> } {
  const told: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const observer: ServerObserver = {
    connectionOnEnd: () => void told.push('connection'),
    handlerOnStart() {},
    handlerOnError: (_, error) => void told.push(String(error)),
    handlerOnEnd() {
      told.push('handler')
      resolve()
    },
  }
  serverOf(site.app)?.observers.add(observer)
  return { told, ended: promise }
}

describe('the end of a handler is told', () => {
  it('when it comes after that of the connection, behind its error', async () => {
    const goOn = Promise.withResolvers<void>()
    const site = await serve({}, (app) =>
      app.api.websocket('/ws', async (ws) => {
        await ws.accept()
        await goOn.promise
        throw new Error('late')
      }),
    )
    const { told, ended } = observe(site)
    const client = await site.open('/ws')
    client.close(1000)
    await client.toEnd()
    await site.settled()
    expect(told).toEqual(['connection'])
    goOn.resolve()
    await ended
    expect(told).toEqual(['connection', 'Error: late', 'handler'])
  })

  it('when it denied', async () => {
    const site = await serve({}, (app) => app.api.websocket('/ws', (ws) => ws.deny()))
    const { told, ended } = observe(site)
    await expect(site.open('/ws')).rejects.toThrow('403')
    await ended
    expect(told).toEqual(['connection', 'handler'])
  })

  it('of callbacks when onDisconnect is through', async () => {
    const goOn = Promise.withResolvers<void>()
    const site = await serve({}, (app) =>
      app.api.websocket('/ws', {
        onDisconnect: async () => {
          await goOn.promise
          throw new Error('in onDisconnect')
        },
      }),
    )
    const { told, ended } = observe(site)
    const client = await site.open('/ws')
    client.close(1000)
    await client.toEnd()
    await site.settled()
    expect(told).toEqual(['connection'])
    goOn.resolve()
    await ended
    expect(told).toEqual(['connection', 'Error: in onDisconnect', 'handler'])
  })
})
