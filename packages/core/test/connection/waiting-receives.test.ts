import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../src/connection/codec.ts'
import { messageReading, type ReadingPeer, textReading } from '../../src/connection/reading.ts'
import { WaitingReceives } from '../../src/connection/waiting-receives.ts'
import { WebSocketDisconnect } from '../../src/errors.ts'
import { READING_RULES } from '../support/reading-rules.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function createReceives(peer: Partial<ReadingPeer> = {}) {
  const clock = new VirtualClock()
  const whole: ReadingPeer = { rules: READING_RULES, codec: jsonCodec, close() {}, send() {}, ...peer }
  return { clock, receives: new WaitingReceives(whole, clock) }
}

const GONE = new WebSocketDisconnect(1001, 'gone')

describe('WaitingReceives', () => {
  it('serves who has waited longest', async () => {
    const { receives } = createReceives()
    const [first, second] = [receives.add(textReading, undefined), receives.add(messageReading, undefined)]
    expect([receives.offer('a'), receives.offer('b'), receives.offer('c')]).toEqual([true, true, false])
    expect(await Promise.all([first, second])).toEqual(['a', { type: 'text', data: 'b' }])
  })

  it('rejects all at the end', async () => {
    const { receives, clock } = createReceives()
    const waiting = [receives.add(textReading, { timeout: 5 }), receives.add(textReading, undefined)]
    receives.end(GONE)
    for (const receive of waiting) await expect(receive).rejects.toBe(GONE)
    expect(clock.delays).toEqual([])
    expect(receives.offer('late')).toBe(false)
  })

  it('gives the error of its own message to a receive whose message closes the connection, and the end to the others', async () => {
    const { receives } = createReceives({ close: () => receives.end(GONE) })
    const [first, second] = [receives.add(textReading, undefined), receives.add(textReading, undefined)]
    receives.offer(Buffer.from('wrong'))
    await expect(first).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED_DATA' })
    await expect(second).rejects.toBe(GONE)
  })

  it('leaves a timeout and a signal behind in no case', async () => {
    const { receives, clock } = createReceives()
    const controller = new AbortController()
    const settled = receives.add(textReading, { timeout: 5, signal: controller.signal })
    receives.offer('a')
    expect(await settled).toBe('a')
    expect(clock.delays).toEqual([])
    const timedOut = receives.add(textReading, { timeout: 5, signal: controller.signal })
    clock.advance(5)
    await expect(timedOut).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    const aborted = receives.add(textReading, { timeout: 5, signal: controller.signal })
    controller.abort('enough')
    await expect(aborted).rejects.toBe('enough')
    expect(clock.delays).toEqual([])
    expect(receives.offer('for nobody')).toBe(false)
  })

  it('MS-02 ends no process by a receive that nobody awaits', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { receives, clock } = createReceives()
    void receives.add(textReading, { timeout: 5 })
    clock.advance(5)
    void receives.add(textReading, { signal: AbortSignal.abort('enough') })
    void receives.add(textReading, undefined)
    receives.offer(Buffer.from('wrong'))
    void receives.add(textReading, undefined)
    receives.end(GONE)
    await new Promise(setImmediate)
    process.removeListener('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})
