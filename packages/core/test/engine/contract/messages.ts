import { expect } from 'vitest'
import { prepareMessage } from '../../../src/connection/prepared-message.ts'
import { binary, continuation, ping, pong, text } from '../support/wire-peer.ts'
import type { ContractChecks } from '../transport-contract.ts'

const more = { fin: false }
const large = Buffer.alloc(300_000, 'large')

/** What is delivered, and what is sent. */
export function checkMessages({ check, wire, started }: ContractChecks): void {
  check('delivers text and binary, whole, in fragments and empty, in order', async () => {
    const { listener, peer } = await started()
    peer.write(text('one'), binary(Buffer.from([1, 2])), text('th', more), ping('x'), continuation('ree'))
    peer.write(text(''), binary(Buffer.alloc(0)), text('größer 😀'), binary(large), text('last'))
    const messages = await listener.nextMessages(8)
    expect(messages.slice(0, 6)).toEqual(['one', Buffer.from([1, 2]), 'three', '', Buffer.alloc(0), 'größer 😀'])
    expect(large.equals(messages[6] as Buffer)).toBe(true)
    expect(messages[7]).toBe('last')
  })

  check('delivers what came with the request first, and nothing during start', async () => {
    const { transport, listener, peer } = await wire({
      head: Buffer.concat([text('first'), text('second').subarray(0, 3)]),
    })
    peer.write(text('second').subarray(3), text('third'))
    transport.start(listener)
    expect(listener.messages).toEqual([])
    expect(await listener.nextMessages(1)).toContain('first')
  })

  check('PR-17 reads one byte at a time', async () => {
    const { listener, peer } = await started()
    const bytes = Buffer.concat([text('slow', more), continuation('ly'), binary(Buffer.alloc(70_000, 7)), text('end')])
    for (const byte of bytes) peer.write(Buffer.from([byte]))
    expect(await listener.nextMessages(3)).toEqual(['slowly', Buffer.alloc(70_000, 7), 'end'])
  })

  check('gives the bytes of a message away', async () => {
    const { listener, peer } = await started()
    const sent = [1, 5, 200, 5_000, 70_000, 3].map((length, index) => Buffer.alloc(length, index + 1))
    peer.write(...sent.map((bytes) => binary(bytes)))
    const received = (await listener.nextMessages(sent.length)) as Buffer[]
    for (const [index, bytes] of received.entries()) {
      expect(bytes.equals(sent[index] as Buffer)).toBe(true)
      bytes.fill(0xff)
    }
    peer.write(binary(Buffer.from('more')), text('and more'))
    expect((await listener.nextMessages(sent.length + 2)).slice(-2)).toEqual([Buffer.from('more'), 'and more'])
    for (const bytes of received) expect(bytes.every((byte) => byte === 0xff)).toBe(true)
  })

  check('tells of pongs', async () => {
    const { listener, peer } = await started()
    peer.write(pong('a'), pong(''))
    await listener.until(() => listener.pongs.length === 2)
    expect(listener.pongs).toEqual(['a', ''])
  })

  check('answers each ping, in order', async () => {
    const { peer } = await started()
    peer.write(ping('a'), ping(''), ping('b'.repeat(125)))
    for (const data of ['a', '', 'b'.repeat(125)]) expect(await peer.next()).toEqual({ type: 'pong', data })
  })

  check('sends in the order of the calls, whatever the size', async () => {
    const { transport, peer } = await started()
    transport.send('one', true)
    transport.send(large, true)
    transport.sendPrepared(prepareMessage('three'))
    transport.send(large.toString(), true)
    transport.sendPrepared(prepareMessage(large))
    transport.send('', true)
    transport.send(Buffer.alloc(0), true)
    transport.send('größer 😀', false)
    for (const data of ['one', large, 'three', large.toString(), large, '', Buffer.alloc(0), 'größer 😀']) {
      const message = await peer.nextMessage()
      expect(Buffer.from(data).equals(Buffer.from(message)), `${data.length} bytes`).toBe(true)
      expect(typeof message).toBe(typeof data)
    }
  })

  check('sends what was sent before start', async () => {
    const { transport, peer } = await wire()
    transport.send('early', true)
    expect(await peer.nextMessage()).toBe('early')
  })

  check('BP-07 sends one prepared message to many', async () => {
    const wires = await Promise.all([started(), started(), started()])
    const messages = ['a', large, 'c'].map((data) => prepareMessage(data))
    for (const message of messages) for (const { transport } of wires) transport.sendPrepared(message)
    for (const { peer } of wires) {
      expect(await peer.nextMessage()).toBe('a')
      expect(large.equals((await peer.nextMessage()) as Buffer)).toBe(true)
      expect(await peer.nextMessage()).toBe('c')
    }
  })

  check('sends a ping', async () => {
    const { transport, peer } = await started()
    transport.ping(Buffer.from('there?'))
    expect(await peer.next()).toEqual({ type: 'ping', data: 'there?' })
  })
}
