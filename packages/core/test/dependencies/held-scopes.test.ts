import { describe, expect, it } from 'vitest'
import { HeldScopes } from '../../src/dependencies/held-scopes.ts'
import { serve } from '../support/site.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

describe('a server that closes', () => {
  it('waits until what dependencies made is disposed of', async () => {
    const events: string[] = []
    const disposal = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const site = await serve({}, (app) =>
      app.api.websocket('/ws', {
        depends: {
          db: () => ({
            async [Symbol.asyncDispose]() {
              begun.resolve()
              await disposal.promise
              events.push('disposed')
            },
          }),
        },
        onMessage() {},
      }),
    )
    const client = await site.open('/ws')
    const closing = site.app.close().then(() => events.push('closed'))
    await client.nextClose()
    await begun.promise
    await new Promise(setImmediate)
    expect(events).toEqual([])
    disposal.resolve()
    await closing
    expect(events).toEqual(['disposed', 'closed'])
  })

  it('waits no longer than the time of the drain and a second, be it for a disposal that does not end', async () => {
    const clock = new VirtualClock()
    const begun = Promise.withResolvers<void>()
    const hangs = () => ({
      [Symbol.asyncDispose]() {
        begun.resolve()
        return new Promise<void>(() => {})
      },
    })
    const site = await serve({ clock }, (app) => app.api.websocket('/ws', { depends: { hangs }, onMessage() {} }))
    const client = await site.open('/ws')
    const draining = site.app.api.drain({ timeout: 500 })
    await client.nextClose()
    await begun.promise
    clock.advance(1_500)
    await draining
  })
})

describe('HeldScopes', () => {
  it('resolves for all who wait when the last is disposed of', async () => {
    const scopes = new HeldScopes()
    await scopes.whenNone()
    scopes.scopeOnHold()
    scopes.scopeOnHold()
    const waiting = Promise.all([scopes.whenNone(), scopes.whenNone()])
    scopes.scopeOnDisposed()
    expect(scopes.size).toBe(1)
    scopes.scopeOnDisposed()
    await waiting
    await scopes.whenNone()
  })
})
