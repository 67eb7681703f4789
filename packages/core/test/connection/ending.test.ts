import { describe, expect, it } from 'vitest'
import { Ending } from '../../src/connection/ending.ts'
import type { CloseEvent } from '../../src/connection/transport.ts'

const EVENT: CloseEvent = { code: 4000, reason: 'done', wasClean: true, initiator: 'server' }

describe('Ending', () => {
  it('has nothing to say before it begins', () => {
    const ending = new Ending()
    expect(ending).toMatchObject({ hasBegun: false, disconnect: null, event: null, shutdown: null, isAwaited: false })
    expect(ending.signal.aborted).toBe(false)
  })

  it('tells whoever asks late the same as whoever asked early', async () => {
    const [early, late] = [new Ending(), new Ending()]
    const { signal, closed } = early
    for (const ending of [early, late]) {
      ending.begin(4000, 'done')
      ending.abort()
      ending.finish(EVENT)
    }
    expect(signal.reason).toBe(early.disconnect)
    expect(late.signal.reason).toBe(late.disconnect)
    expect(late.disconnect).toMatchObject({ code: 4000, reason: 'done' })
    expect([await closed, await late.closed, late.event]).toEqual([EVENT, EVENT, EVENT])
  })

  it('says by the signal that the server goes away, and later nothing else', () => {
    const ending = new Ending()
    const { signal } = ending
    ending.announceShutdown(1001)
    expect(ending.hasBegun).toBe(false)
    ending.begin(1006, '')
    ending.abort()
    expect(signal.reason).toBe(ending.shutdown)
    expect(ending.disconnect).toMatchObject({ code: 1006 })
  })

  it('knows better than the transport whose doing it was, unless the peer began', () => {
    const ending = new Ending()
    ending.announceShutdown(1001)
    expect(ending.finish(EVENT)).toEqual({ ...EVENT, initiator: 'shutdown' })
    expect(ending.finish({ ...EVENT, initiator: 'client' })).toEqual({ ...EVENT, initiator: 'client' })
  })
})
