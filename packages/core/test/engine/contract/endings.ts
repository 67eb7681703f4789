import type { Opcode } from '@sluice/protocol'
import { expect } from 'vitest'
import type { CloseEvent } from '../../../src/connection/transport.ts'
import type { Wire, WireOptions } from '../support/open-wire.ts'
import { binary, close, continuation, frame, text } from '../support/wire-peer.ts'
import type { ContractChecks } from '../transport-contract.ts'

const more = { fin: false }
const UNKNOWN = 3 as Opcode

/** One way to end: what is done, and how the transport tells of it. The reason of the engine's own ends is its own. */
interface Way {
  readonly options?: WireOptions
  readonly event: Omit<CloseEvent, 'reason'> & { readonly reason?: string }
  end(wire: Wire, streams: ContractChecks['streams']): Promise<void> | void
}

const clean = { wasClean: true } as const
const cut = { code: 1006, reason: '', wasClean: false } as const
const broken = { wasClean: false, initiator: 'protocol' } as const

const WAYS: Readonly<Record<string, Way>> = {
  'a close that the peer answers': {
    event: { code: 4000, reason: 'bye', ...clean, initiator: 'server' },
    async end({ transport, peer }) {
      transport.close(4000, 'bye')
      expect(await peer.nextOf('close')).toEqual({ type: 'close', code: 4000, reason: 'bye' })
      peer.write(close(4000, 'bye'))
    },
  },
  'a close that the peer answers with another code': {
    event: { code: 4001, reason: '', ...clean, initiator: 'server' },
    async end({ transport, peer }) {
      transport.close(4000, 'bye')
      await peer.nextOf('close')
      peer.write(close(4001))
    },
  },
  'a close by the peer': {
    event: { code: 4001, reason: 'mine', ...clean, initiator: 'client' },
    async end({ peer }) {
      peer.write(close(4001, 'mine'))
      expect(await peer.nextOf('close')).toMatchObject({ code: 4001 })
    },
  },
  'a close by the peer without a code': {
    event: { code: 1005, reason: '', ...clean, initiator: 'client' },
    async end({ peer }) {
      peer.write(close())
      expect(await peer.nextOf('close')).toMatchObject({ code: 1005 })
    },
  },
  'a close by both at once': {
    event: { code: 4001, reason: '', ...clean, initiator: 'server' },
    end({ transport, peer }) {
      transport.close(4000, '')
      peer.write(close(4001))
    },
  },
  'a failure that the peer answers': {
    event: { code: 1013, reason: '', ...clean, initiator: 'server' },
    async end({ transport, peer }) {
      transport.fail(1013, 'Slow consumer')
      expect(await peer.nextOf('close')).toEqual({ type: 'close', code: 1013, reason: 'Slow consumer' })
      peer.write(close(1013))
    },
  },
  'a close that the peer never answers': {
    event: { ...cut, initiator: 'server' },
    async end({ transport, peer, clock }) {
      transport.close(4000, '')
      await peer.nextOf('close')
      clock.advance(5_000)
    },
  },
  'a close that the peer answers by leaving': {
    event: { ...cut, initiator: 'server' },
    async end({ transport, peer }) {
      transport.close(4000, '')
      await peer.nextOf('close')
      peer.stream.end()
    },
  },
  'a close and a cut': {
    event: { ...cut, initiator: 'server' },
    end({ transport }) {
      transport.close(4000, '')
      transport.terminate()
    },
  },
  'a cut': {
    event: { ...cut, initiator: 'server' },
    end: ({ transport }) => transport.terminate(),
  },
  'a peer that leaves without a close': {
    event: { ...cut, initiator: 'network' },
    end: ({ peer }) => void peer.stream.end(),
  },
  'a peer that leaves within a message': {
    event: { ...cut, initiator: 'network' },
    end({ peer }) {
      peer.write(text('half', more))
      peer.stream.end()
    },
  },
  'a stream that breaks': {
    event: { ...cut, initiator: 'network' },
    end: ({ peer }, streams) => streams.break(peer.stream),
  },
  'a broken frame': {
    event: { code: 1002, ...broken },
    async end({ peer }) {
      peer.write(frame(UNKNOWN))
      expect(await peer.nextOf('close')).toMatchObject({ code: 1002 })
    },
  },
  'text that is not UTF-8': {
    event: { code: 1007, ...broken },
    async end({ peer }) {
      peer.write(text(Buffer.from([0xff])))
      expect(await peer.nextOf('close')).toMatchObject({ code: 1007 })
    },
  },
  'a message that is too big': {
    options: { limits: { maxMessageSize: 1_000 } },
    event: { code: 1009, ...broken },
    async end({ peer }) {
      peer.write(binary(Buffer.alloc(1_001)))
      expect(await peer.nextOf('close')).toMatchObject({ code: 1009 })
    },
  },
  'a message of too many fragments': {
    options: { limits: { maxFragments: 2 } },
    event: { code: 1008, ...broken },
    async end({ peer }) {
      peer.write(text('1', more), continuation('2', more), continuation('3', more))
      expect(await peer.nextOf('close')).toMatchObject({ code: 1008 })
    },
  },
  'a message that takes too long': {
    options: { limits: { messageTimeout: 1_000 } },
    event: { code: 1008, ...broken },
    async end({ peer, clock }) {
      peer.write(text('slow', more))
      await clock.timer(1_000)
      clock.advance(1_000)
      expect(await peer.nextOf('close')).toMatchObject({ code: 1008, reason: 'Message took too long' })
    },
  },
}

/** How it all ends. */
export function checkEndings({ check, started, streams, rounds }: ContractChecks): void {
  for (const [name, { options, event, end }] of Object.entries(WAYS)) {
    check(`PR-19 tells of its end once: ${name}`, async () => {
      for (let round = 0; round < rounds; round++) {
        const wire = await started(options)
        await end(wire, streams)
        expect(await wire.listener.end()).toMatchObject(event)
        await afterwards(wire)
      }
    })
  }

  /** Nothing is told any more, and calls do nothing. */
  async function afterwards({ transport, listener, clock }: Wire): Promise<void> {
    const { messages, drains, closings } = structuredClone({ ...listener, onMessage: 0, onDrain: 0, onClosing: 0 })
    transport.send('late', true)
    transport.ping(Buffer.alloc(0))
    transport.pause()
    transport.resume()
    transport.fail(1013, '')
    transport.close(4000, '')
    transport.terminate()
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(100_000)
    expect(transport.bufferedAmount).toBe(0)
    expect(listener.ends).toHaveLength(1)
    expect({ messages: listener.messages, drains: listener.drains, closings: listener.closings }).toEqual({
      messages,
      drains,
      closings,
    })
  }

  check('PR-13 ends the stream before the peer does', async () => {
    for (const way of ['a close that the peer answers', 'a close by the peer', 'a broken frame']) {
      const wire = await started()
      await WAYS[way]?.end(wire, streams)
      await wire.listener.end()
      expect(wire.peer.serverEndedFirst, way).toBe(true)
    }
  })

  check('PR-13 ignores what follows the close frame of the peer', async () => {
    const { listener, peer } = await started()
    peer.write(text('one'), close(4000), text('two'), frame(UNKNOWN), binary(Buffer.alloc(1_048_576)))
    expect(await listener.end()).toMatchObject({ code: 4000, wasClean: true, initiator: 'client' })
    expect(listener.messages).toEqual(['one'])
  })

  check('PR-13 ignores messages between its close frame and the answer', async () => {
    const { transport, listener, peer } = await started()
    transport.close(4000, '')
    await peer.nextOf('close')
    peer.write(text('two'), binary(Buffer.alloc(1_048_576)), close(4000))
    expect(await listener.end()).toMatchObject({ code: 4000, wasClean: true, initiator: 'server' })
    expect(listener.messages).toEqual([])
  })

  check('PR-14 ends when the peer breaks the protocol instead of answering a close', async () => {
    const { transport, listener, peer } = await started()
    transport.close(4000, '')
    peer.write(frame(UNKNOWN))
    expect(await peer.nextOf('close')).toMatchObject({ code: 4000 })
    expect(await listener.end()).toMatchObject({ code: 1006, wasClean: false, initiator: 'server' })
  })

  check('tells that the peer closes before it tells of the end', async () => {
    const { listener, peer } = await started()
    let endsBefore = -1
    listener.onClosing = () => {
      endsBefore = listener.ends.length
    }
    peer.write(close(4000, 'bye'))
    await listener.end()
    expect(listener.closings).toEqual([{ code: 4000, reason: 'bye' }])
    expect(endsBefore).toBe(0)
  })

  check('sends what is queued to a peer that has ended its half', async () => {
    const { transport, listener, peer } = await started({ isRead: false })
    const megabyte = Buffer.alloc(1_048_576, 1)
    for (let count = 0; count < 32; count++) transport.send(megabyte, true)
    peer.stream.end()
    peer.read()
    const sent = await peer.toEnd()
    expect(sent).toHaveLength(32)
    expect(await listener.end()).toMatchObject({ code: 1006, wasClean: false, initiator: 'network' })
  })

  check('cuts a peer that closes and reads nothing', async () => {
    const { transport, listener, peer, clock } = await started({ isRead: false })
    for (let count = 0; count < 32; count++) transport.send(Buffer.alloc(1_048_576), true)
    peer.write(close(4000))
    await clock.timer(5_000)
    clock.advance(5_000)
    expect(await listener.end()).toMatchObject({ code: 4000, initiator: 'client' })
  })
}
