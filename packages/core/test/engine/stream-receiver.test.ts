import { failures, type InflateResult } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { frameEngine } from '../../src/engine/frame-engine.ts'
import { MessageDeadlines } from '../../src/engine/message-deadlines.ts'
import { listenTo } from '../../src/engine/stream-listener.ts'
import { StreamReceiver, type StreamReceiverSink } from '../../src/engine/stream-receiver.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { deflate, varied } from './support/compressible.ts'
import { HeldStream } from './support/held-stream.ts'
import { openWire, type Wire, type WireOptions } from './support/open-wire.ts'
import { STREAM_KINDS, type StreamKind } from './support/streams.ts'
import { turn } from './support/turn.ts'
import { binary, continuation, ping, text } from './support/wire-peer.ts'

const [tcp, , memory] = STREAM_KINDS as [StreamKind, StreamKind, StreamKind]
const more = { fin: false }
const compressed = { rsv1: true }

async function started(streams: StreamKind, options?: WireOptions): Promise<Wire> {
  const wire = openWire(frameEngine, await streams.open(), options)
  wire.transport.start(wire.listener)
  return wire
}

describe('StreamReceiver', () => {
  function setUp() {
    const stream = new HeldStream()
    const inflations: ((result: InflateResult) => void)[] = []
    const inflater = {
      inflate: (_payload: Buffer, _max: number, onInflated: (result: InflateResult) => void) =>
        void inflations.push(onInflated),
    }
    const told: unknown[] = []
    const sink: StreamReceiverSink = {
      receiverOnMessage(data) {
        receiver.noteProgress()
        told.push(data)
      },
      receiverOnPing() {},
      receiverOnPong() {},
      receiverOnClose() {},
      receiverOnFailure: ({ code }) => told.push(code),
      receiverOnChunkRead() {},
      receiverOnLate() {},
      streamOnData: (chunk) => receiver.receive(chunk),
      streamOnEnd() {},
      streamOnClose() {},
    }
    const source = { stream, head: Buffer.alloc(0), deadlines: new MessageDeadlines(new VirtualClock(), 1_000) }
    const limits = { role: 'server', maxMessageSize: 1_000, maxFragments: 10 } as const
    const receiver = new StreamReceiver({ ...limits, inflater }, source, sink)
    listenTo(stream, sink)
    return { stream, receiver, inflations, told }
  }

  it.each([
    { ok: true, data: Buffer.from('one') } as const,
    { ok: false, failure: failures.ERR_INVALID_DEFLATE } as const,
  ])('CP-02 holds the peer back while zlib is at work: %o', async (result) => {
    const { stream, receiver, inflations, told } = setUp()
    receiver.start()
    await turn()
    stream.push(Buffer.concat([binary(Buffer.alloc(10), compressed), text('two')]))
    await turn()
    expect([stream.isPaused(), receiver.isInflating, told]).toEqual([true, true, []])
    inflations[0]?.(result)
    expect(stream.isPaused()).toBe(false)
    expect(told).toEqual(result.ok ? [result.data, 'two'] : ['ERR_INVALID_DEFLATE'])
  })

  it('stays paused over zlib, and the other way round', async () => {
    const { stream, receiver, inflations, told } = setUp()
    receiver.start()
    await turn()
    stream.push(binary(Buffer.alloc(10), compressed))
    await turn()
    receiver.pause()
    inflations[0]?.({ ok: true, data: Buffer.from('one') })
    expect([stream.isPaused(), told]).toEqual([true, []])
    receiver.resume()
    await turn()
    expect([stream.isPaused(), told]).toEqual([false, [Buffer.from('one')]])
    stream.push(binary(Buffer.alloc(10), compressed))
    await turn()
    receiver.pause()
    receiver.resume()
    await turn()
    expect(stream.isPaused()).toBe(true)
    inflations[1]?.({ ok: true, data: Buffer.from('two') })
    expect([stream.isPaused(), told.length]).toEqual([false, 2])
  })

  it('stays paused whatever was done with the stream before', async () => {
    const { stream, receiver } = setUp()
    const onReadable = () => {}
    stream.on('readable', onReadable)
    await turn()
    stream.removeListener('readable', onReadable)
    receiver.start()
    receiver.pause()
    await turn()
    expect(stream.readableFlowing).toBe(false)
  })
})

describe('how the frame engine reads', () => {
  it('delivers compressed messages in order, and can be paused while zlib is at work', async () => {
    const { transport, listener, peer } = await started(tcp, { compression: {} })
    const messages = [varied(200_000), varied(300_000), varied(100), varied(250_000)]
    const payloads = await Promise.all(messages.map(deflate))
    listener.onMessage = () => transport.pause()
    peer.write(...payloads.map((payload) => binary(payload, compressed)), text('last'))
    for (let count = 1; count <= 5; count++) {
      await listener.nextMessages(count)
      await turn()
      expect(listener.messages).toHaveLength(count)
      transport.resume()
    }
    for (const [index, message] of messages.entries())
      expect(message.equals(listener.messages[index] as Buffer)).toBe(true)
    expect(listener.messages[4]).toBe('last')
  })

  it('PR-05 closes when a message takes longer than its time, whatever comes within it', async () => {
    const { listener, peer, clock } = await started(tcp)
    peer.write(text('a', more))
    await clock.timer(30_000)
    for (let second = 1; second < 30; second++) {
      clock.advance(1_000)
      peer.write(continuation('b', more), ping(`${second}`))
      expect(await peer.nextOf('pong')).toMatchObject({ data: `${second}` })
    }
    clock.advance(1_000)
    expect(await peer.nextOf('close')).toEqual({ type: 'close', code: 1008, reason: 'Message took too long' })
    expect(await listener.end()).toMatchObject({ code: 1008, initiator: 'protocol', wasClean: false })
    expect(listener.closings).toEqual([{ code: 1008, reason: 'Message took too long' }])
  })

  it('PR-17 closes on a frame whose bytes trickle in', async () => {
    const { listener, peer, clock } = await started(tcp)
    const bytes = text('never whole')
    peer.write(bytes.subarray(0, 1))
    await clock.timer(30_000)
    for (let index = 1; index < 6; index++) {
      clock.advance(5_000)
      peer.write(bytes.subarray(index, index + 1), Buffer.alloc(0))
      await turn()
    }
    clock.advance(5_000)
    expect(await listener.end()).toMatchObject({ code: 1008 })
  })

  it('PR-05 gives each message its own time', async () => {
    const { listener, peer, clock } = await started(memory)
    for (let count = 0; count < 5; count++) {
      peer.write(continuation('end').subarray(0, count === 0 ? 0 : undefined), text(`message ${count} `, more))
      await listener.nextMessages(count)
      await turn()
      clock.advance(29_000)
    }
    peer.write(continuation('end'))
    await listener.nextMessages(5)
    expect(clock.delays).toEqual([])
    clock.advance(100_000)
    await turn()
    expect(listener.closings).toEqual([])
  })

  it('PR-05 does not count the time while it is paused', async () => {
    const { transport, listener, peer, clock } = await started(memory)
    peer.write(text('half', more))
    await turn()
    transport.pause()
    clock.advance(60_000)
    transport.resume()
    await turn()
    clock.advance(29_999)
    expect(listener.closings).toEqual([])
    clock.advance(1)
    expect(listener.closings).toEqual([{ code: 1008, reason: 'Message took too long' }])
  })

  it('PR-05 watches any number of connections with one timer', async () => {
    const clock = new VirtualClock()
    const wires = await Promise.all(Array.from({ length: 50 }, () => started(memory, { clock })))
    for (const { peer } of wires) peer.write(text('half', more))
    await turn()
    expect(clock.delays).toEqual([30_000])
    clock.advance(30_000)
    for (const { listener } of wires) expect(listener.closings).toHaveLength(1)
  })
})
