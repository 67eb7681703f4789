import { describe, expect, it } from 'vitest'
import { PingLedger } from '../../src/connection/ping-ledger.ts'
import { WebSocketDisconnect } from '../../src/errors.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

function createLedger() {
  const clock = new VirtualClock()
  return { clock, ledger: new PingLedger(clock) }
}

describe('PingLedger', () => {
  it('measures from a ping to the pong with its payload', async () => {
    const { clock, ledger } = createLedger()
    const { payload, pong } = ledger.issue()
    clock.advance(120)
    ledger.settle(Buffer.from(payload))
    expect(await pong).toBe(120)
  })

  it('gives each ping without a payload one of its own', () => {
    const { ledger } = createLedger()
    const payloads = Array.from({ length: 100 }, () => Buffer.from(ledger.issue().payload).toString('hex'))
    expect(new Set(payloads).size).toBe(100)
  })

  it('takes a pong for every earlier ping too (RFC 6455 section 5.5.3)', async () => {
    const { clock, ledger } = createLedger()
    const first = ledger.issue(Buffer.from('first'))
    clock.advance(10)
    const second = ledger.issue(Buffer.from('second'))
    const third = ledger.issue(Buffer.from('third'))
    clock.advance(5)
    ledger.settle(Buffer.from('second'))
    expect(await Promise.all([first.pong, second.pong])).toEqual([15, 5])
    ledger.settle(Buffer.from('third'))
    expect(await third.pong).toBe(5)
  })

  it('takes the pong of a ping that follows for one to those before it', async () => {
    const { clock, ledger } = createLedger()
    ledger.follow(Buffer.from('beat'))
    const first = ledger.issue()
    clock.advance(10)
    for (let beat = 0; beat < 3; beat++) ledger.follow(Buffer.from('beat'))
    const second = ledger.issue()
    ledger.settle(Buffer.from('beat'))
    expect(await first.pong).toBe(10)
    ledger.settle(Buffer.from('beat'))
    ledger.settle(Buffer.from(second.payload))
    expect(await second.pong).toBe(0)
  })

  it('PR-09 takes no other pong for an answer', async () => {
    const { clock, ledger } = createLedger()
    const { pong } = ledger.issue(Buffer.from('mine'))
    for (const payload of ['', 'other', 'min', 'mine!']) ledger.settle(Buffer.from(payload))
    clock.advance(7)
    ledger.settle(Buffer.from('mine'))
    expect(await pong).toBe(7)
    ledger.settle(Buffer.from('mine'))
  })

  it('keeps the payload that was sent, whatever its owner does with the bytes', async () => {
    const { ledger } = createLedger()
    const bytes = Buffer.from('abcd')
    const { pong } = ledger.issue(bytes)
    bytes.fill(0)
    ledger.settle(Buffer.from('abcd'))
    expect(await pong).toBe(0)
  })

  it('rejects what is left when the connection ends, and ends no process by it', async () => {
    const { ledger } = createLedger()
    const first = ledger.issue()
    ledger.issue()
    const disconnect = new WebSocketDisconnect(1001, 'gone')
    ledger.end(disconnect)
    await expect(first.pong).rejects.toBe(disconnect)
    ledger.settle(Buffer.from(first.payload))
  })
})
