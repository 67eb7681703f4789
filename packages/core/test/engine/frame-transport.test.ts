import { once } from 'node:events'
import { Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { frameEngine } from '../../src/engine/frame-engine.ts'
import { deflate, varied } from './support/compressible.ts'
import { HeldStream } from './support/held-stream.ts'
import { memoryInUse } from './support/memory-in-use.ts'
import { openWire, type Wire, type WireOptions } from './support/open-wire.ts'
import { STREAM_KINDS, type StreamKind } from './support/streams.ts'
import { turn } from './support/turn.ts'
import { binary, close, continuation, ping, text, WirePeer } from './support/wire-peer.ts'

const [tcp, , memory] = STREAM_KINDS as [StreamKind, StreamKind, StreamKind]
const more = { fin: false }
const compressed = { rsv1: true }

async function started(streams: StreamKind, options?: WireOptions): Promise<Wire> {
  const wire = openWire(frameEngine, await streams.open(), options)
  wire.transport.start(wire.listener)
  return wire
}

describe('what the frame engine writes', () => {
  it('answers all messages of a chunk with one write', async () => {
    const { transport, listener, peer } = await started(tcp)
    listener.onMessage = (data) => transport.send(data, true)
    await turn()
    const write = vi.spyOn(Socket.prototype, 'write')
    try {
      peer.write(...Array.from({ length: 64 }, (_, index) => text(`message ${index}`)))
      for (let index = 0; index < 64; index++) expect(await peer.nextMessage()).toBe(`message ${index}`)
      expect(write.mock.contexts.filter((socket) => socket !== peer.stream)).toHaveLength(1)
    } finally {
      write.mockRestore()
    }
  })

  it('sends the 101 and the first messages with one write', () => {
    const stream = new HeldStream({ isSync: true })
    const { transport } = openWire(frameEngine, { server: stream, client: new HeldStream() })
    transport.send('one', true)
    transport.send('two', true)
    return turn().then(() => expect(stream.writes).toHaveLength(1))
  })

  it('counts no byte of the 101', async () => {
    const { transport } = await started(tcp)
    expect(transport.bufferedAmount).toBe(0)
    transport.send('one', true)
    expect(transport.bufferedAmount).toBe(5)
  })

  it('a stream that throws takes no other with it', async () => {
    const broken = new HeldStream()
    broken._write = () => {
      throw new Error('cannot write')
    }
    const bad = openWire(frameEngine, { server: broken, client: new HeldStream() })
    const good = openWire(frameEngine, await memory.open())
    bad.transport.start(bad.listener)
    bad.transport.send('lost', true)
    good.transport.send('not lost', true)
    expect(await good.peer.nextMessage()).toBe('not lost')
    expect(await bad.listener.end()).toMatchObject({ code: 1006, initiator: 'network' })
  })

  it('keeps a peer that answers within a write in order', async () => {
    const [server, client] = duplexPair() as [Duplex, Duplex]
    const peer = new WirePeer(client).read()
    const { transport, listener } = openWire(frameEngine, { server, client }, { isRead: false })
    transport.start(listener)
    await turn()
    listener.onMessage = (data) => Number(data) < 50 && transport.send(`${Number(data) + 1}`, true)
    client.on('data', () => {
      const last = peer.sent.at(-1)
      if (last?.type === 'message') peer.write(text(String(last.data)))
    })
    transport.send('0', true)
    await listener.until(() => listener.messages.includes('50'))
    expect(listener.messages).toEqual(Array.from({ length: 51 }, (_, index) => `${index}`))
    client.destroy()
    await once(client, 'close')
  })

  it('PR-08 keeps no memory of pings that nobody reads the answers of', async () => {
    const options = { isRead: false, limits: { controlFrameRate: false } } as const
    const wires = await Promise.all(Array.from({ length: 20 }, () => started(tcp, options)))
    const flood = Buffer.concat(Array.from({ length: 5_000 }, () => ping('x'.repeat(125))))
    const before = memoryInUse()
    for (const { peer } of wires) peer.write(flood, text('mark'))
    for (const { listener } of wires) await listener.nextMessages(1)
    expect(memoryInUse() - before).toBeLessThan(4_000_000)
    for (const { transport } of wires) expect(transport.bufferedAmount).toBeLessThan(200_000)
  })
})

describe('how the frame engine ends', () => {
  it('tells of a stream that had ended before anybody listened', async () => {
    for (const end of ['before it is opened', 'after it is opened']) {
      const [server, client] = duplexPair()
      client.on('error', () => {})
      if (end === 'before it is opened') server.destroy()
      await turn()
      const { transport, listener } = openWire(frameEngine, { server, client })
      server.destroy()
      await turn()
      transport.start(listener)
      expect(await listener.end(), end).toEqual({ code: 1006, reason: '', wasClean: false, initiator: 'network' })
      await turn()
      expect(listener.ends).toHaveLength(1)
    }
  })

  it('PR-14 sends its close frame behind what zlib works on, though the peer has closed meanwhile', async () => {
    const { transport, listener, peer } = await started(memory, { compression: { threshold: 0 } })
    const message = varied(3_000_000).fill(0, 100_000)
    transport.send(message, true)
    transport.close(4000, 'after it')
    peer.write(close(4001))
    expect(await listener.end()).toMatchObject({ code: 4001, wasClean: true, initiator: 'server' })
    const [received, closing] = await peer.toEnd()
    expect(received?.type === 'message' && message.equals(received.data as Buffer)).toBe(true)
    expect(closing).toEqual({ type: 'close', code: 4000, reason: 'after it' })
  })

  it('CP-06 PR-14 ends at once when zlib finds a message corrupt', async () => {
    const { listener, peer } = await started(tcp, { compression: {} })
    const corrupt = (await deflate(varied(200_000))).fill(0xff, 9_000)
    expect(corrupt.length).toBeGreaterThan(8_192)
    peer.write(binary(corrupt, compressed), text('never told'), binary(Buffer.alloc(300_000)))
    expect(await peer.nextOf('close')).toMatchObject({ code: 1007 })
    expect(await listener.end()).toMatchObject({ code: 1007, wasClean: false, initiator: 'protocol' })
    expect(listener.messages).toEqual([])
  })

  it.each(['close', 'fail', 'terminate'] as const)('CP-05 can %s while zlib is at work on both sides', async (way) => {
    const message = varied(200_000)
    const payload = await deflate(message)
    for (let round = 0; round < 20; round++) {
      const { transport, listener, peer } = await started(memory, { compression: { threshold: 0 } })
      transport.send(message, true)
      peer.write(binary(payload, compressed), binary(payload, compressed), text('last'))
      await turn()
      if (way === 'terminate') transport.terminate()
      else transport[way](4000, 'enough')
      if (way !== 'terminate') {
        await peer.nextOf('close')
        peer.write(close(4000))
      }
      expect(await listener.end()).toMatchObject({ code: way === 'terminate' ? 1006 : 4000, initiator: 'server' })
      expect(listener.ends).toHaveLength(1)
    }
  })

  it('sends nothing new to a peer that has ended its half, and all that it had queued', async () => {
    const { transport, listener, peer } = await started(memory, { isRead: false })
    for (let count = 0; count < 4; count++) transport.send(Buffer.alloc(100_000), true)
    peer.stream.end()
    await listener.until(() => listener.closings.length > 0)
    expect(listener.closings).toEqual([{ code: 1006, reason: '' }])
    transport.send('too late', true)
    peer.read()
    expect((await peer.toEnd()).map(({ type }) => type)).toEqual(['message', 'message', 'message', 'message'])
    expect(await listener.end()).toMatchObject({ code: 1006, wasClean: false, initiator: 'network' })
  })

  it('leaves no timer behind', async () => {
    const { transport, listener, peer, clock } = await started(tcp)
    peer.write(text('half', more))
    await clock.timer(30_000)
    transport.close(4000, '')
    await peer.nextOf('close')
    peer.write(continuation(''), close(4000))
    await listener.end()
    expect(clock.delays).toEqual([])
  })
})
