import { expect } from 'vitest'
import type { Wire, WireOptions } from '../support/open-wire.ts'
import { turn } from '../support/turn.ts'
import { binary, ping, text } from '../support/wire-peer.ts'
import type { ContractChecks } from '../transport-contract.ts'

const MEGABYTE = Buffer.alloc(1_048_576, 1)
/** More than all buffers between two processes hold. */
const FLOOD = 32

/** Who waits for whom. */
export function checkFlow({ check, wire, started }: ContractChecks): void {
  /** A wire whose peer does not read, with more sent than the stream takes. */
  async function blocked(options: WireOptions = {}): Promise<Wire> {
    const opened = await started({ ...options, isRead: false })
    for (let count = 0; count < FLOOD; count++) opened.transport.send(MEGABYTE, true)
    await turn()
    expect(opened.transport.bufferedAmount).toBeGreaterThan(MEGABYTE.length)
    return opened
  }

  check('delivers nothing after pause, not even from the same chunk', async () => {
    const { transport, listener, peer } = await started()
    listener.onMessage = (data) => data === 'two' && transport.pause()
    peer.write(text('one'), text('two'), text('three'), binary(Buffer.from('four')))
    await listener.nextMessages(2)
    peer.write(text('five'))
    await turn()
    expect(listener.messages).toEqual(['one', 'two'])
    transport.resume()
    expect(listener.messages).toEqual(['one', 'two'])
    expect((await listener.nextMessages(5)).slice(2)).toEqual(['three', Buffer.from('four'), 'five'])
  })

  check('can be paused again by each message', async () => {
    const { transport, listener, peer } = await started()
    listener.onMessage = () => transport.pause()
    peer.write(text('one'), text('two'), text('three'))
    for (let count = 1; count <= 3; count++) {
      expect((await listener.nextMessages(count)).length).toBe(count)
      await turn()
      expect(listener.messages.length).toBe(count)
      transport.resume()
    }
  })

  check('stays paused when it is resumed and paused in one turn', async () => {
    const { transport, listener, peer } = await started()
    transport.pause()
    transport.resume()
    transport.pause()
    peer.write(text('one'))
    await turn()
    expect(listener.messages).toEqual([])
    transport.resume()
    expect(await listener.nextMessages(1)).toEqual(['one'])
  })

  check('can be paused before its first turn', async () => {
    const { transport, listener, peer } = await wire({ head: text('head') })
    transport.start(listener)
    transport.pause()
    peer.write(text('one'))
    await turn()
    expect(listener.messages).toEqual([])
    transport.resume()
    expect(await listener.nextMessages(2)).toEqual(['head', 'one'])
  })

  check('loses nothing to a pause that ended before start', async () => {
    const { transport, listener, peer } = await wire()
    transport.pause()
    transport.resume()
    peer.write(text('one'))
    await turn()
    transport.start(listener)
    expect(await listener.nextMessages(1)).toEqual(['one'])
  })

  check('can be paused by what came with the request', async () => {
    const { transport, listener, peer } = await wire({ head: Buffer.concat([text('one'), text('two')]) })
    listener.onMessage = () => transport.pause()
    transport.start(listener)
    peer.write(text('three'))
    await listener.nextMessages(1)
    await turn()
    expect(listener.messages).toEqual(['one'])
    transport.resume()
    await listener.nextMessages(2)
    transport.resume()
    expect(await listener.nextMessages(3)).toEqual(['one', 'two', 'three'])
  })

  check('delivers nothing after a cut, not even from the same chunk', async () => {
    const { transport, listener, peer } = await started()
    listener.onMessage = () => transport.terminate()
    peer.write(text('one'), text('two'), ping('x'), text('three'))
    await listener.end()
    expect(listener.messages).toEqual(['one'])
  })

  check('holds the peer back while paused', async () => {
    const { transport, listener, peer } = await started()
    transport.pause()
    for (let count = 0; count < FLOOD; count++) peer.write(binary(MEGABYTE))
    await turn()
    expect(peer.stream.writableNeedDrain).toBe(true)
    transport.resume()
    await listener.nextMessages(FLOOD)
    for (const message of listener.messages) expect(MEGABYTE.equals(message as Buffer)).toBe(true)
  })

  check('shows signs of life of a peer that is read, and when it is read again', async () => {
    const { transport, listener, peer } = await started()
    peer.write(text('one'))
    await listener.nextMessages(1)
    const before = transport.signsOfLife
    peer.write(ping('x'))
    await peer.nextOf('pong')
    expect(transport.signsOfLife).toBeGreaterThan(before)
    expect(transport.isReading).toBe(true)
    transport.pause()
    await turn()
    const paused = transport.signsOfLife
    peer.write(text('two'))
    await turn()
    expect(transport.isReading).toBe(false)
    expect(transport.signsOfLife).toBe(paused)
    transport.resume()
    await listener.nextMessages(2)
    expect(transport.isReading).toBe(true)
    expect(transport.signsOfLife).toBeGreaterThan(paused)
  })

  check('BP-04 tells when what it had queued is gone', async () => {
    const { transport, listener, peer } = await blocked()
    const before = listener.drains
    const amounts: number[] = []
    listener.onDrain = () => amounts.push(transport.bufferedAmount)
    peer.read()
    await listener.until(() => listener.drains > before)
    expect(amounts).toEqual([0])
    for (let count = 0; count < FLOOD; count++) {
      expect(MEGABYTE.equals((await peer.nextMessage()) as Buffer)).toBe(true)
    }
  })

  check('BP-03 tells of a small queue too', async () => {
    const { transport, listener, peer } = await started({ isRead: false })
    transport.send('small', true)
    await turn()
    transport.send('smaller', true)
    peer.read()
    expect(await peer.nextMessage()).toBe('small')
    expect(await peer.nextMessage()).toBe('smaller')
    await listener.until(() => transport.bufferedAmount === 0)
    expect(listener.drains).toBeGreaterThan(0)
  })

  check('PR-08 answers pings past a queue that is blocked, and only the last', async () => {
    const { listener, peer } = await blocked()
    for (let count = 0; count < 1_000; count++) peer.write(ping(`ping ${count}`))
    peer.write(text('mark'))
    await listener.nextMessages(1)
    peer.read()
    expect(await peer.nextOf('pong')).toEqual({ type: 'pong', data: 'ping 999' })
    while (peer.count('message') < FLOOD) await peer.next()
    expect(peer.count('pong')).toBe(1)
    expect(peer.sent.at(-1)?.type).toBe('message')
  })

  check('BP-06 sends a ping past a queue that is blocked', async () => {
    const { transport, peer } = await blocked()
    transport.ping(Buffer.from('now'))
    peer.read()
    expect(await peer.nextOf('ping')).toEqual({ type: 'ping', data: 'now' })
    while (peer.count('message') < FLOOD) await peer.next()
    expect(peer.sent.at(-1)?.type).toBe('message')
  })

  check('BP-06 fails past a queue that is blocked', async () => {
    const { transport, peer } = await blocked()
    transport.fail(1013, 'Slow consumer')
    peer.read()
    expect(await peer.nextOf('close')).toEqual({ type: 'close', code: 1013, reason: 'Slow consumer' })
    expect(peer.count('message')).toBeLessThan(FLOOD)
  })

  check('closes behind what is queued', async () => {
    const { transport, peer } = await blocked()
    transport.close(4000, 'done')
    transport.send('too late', true)
    peer.read()
    expect(await peer.nextOf('close')).toEqual({ type: 'close', code: 4000, reason: 'done' })
    expect(peer.sent).toHaveLength(FLOOD + 1)
  })

  check('PR-13 reads the answer to a close while paused', async () => {
    const { transport, listener, peer } = await started()
    listener.onMessage = () => transport.pause()
    peer.write(text('one'), text('two'), text('three'))
    await listener.nextMessages(1)
    transport.close(4000, '')
    await peer.nextOf('close')
    peer.write(text('four'), Buffer.from('888200000000', 'hex'), Buffer.from('03e8', 'hex'))
    expect(await listener.end()).toMatchObject({ code: 1000, wasClean: true, initiator: 'server' })
    expect(listener.messages).toEqual(['one'])
  })
}
