import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import type { CloseEvent, Transport } from '@sluice/core/ports'
import { encodeClosePayload, encodeFrame, Opcode } from '@sluice/protocol'
import { type ContractCase, createContract, type Skips } from './contract.ts'
import { TransportPeer } from './transport-peer.ts'
import { TransportWatch } from './transport-watch.ts'

/** A transport that has not been started, and the client's end of its stream, on which the 101 comes first. */
export interface OpenTransport {
  readonly transport: Transport
  readonly client: Duplex
}

export interface TransportSubject {
  /** Called once for each case. Messages may have 1,000 bytes and 10 fragments at most. */
  open(): Promise<OpenTransport>
  readonly skip?: Skips
}

/** What every transport does. */
export function transportContract({ open, skip }: TransportSubject): ContractCase[] {
  /** Runs a check on a transport that is started, and cuts it at the end. */
  const started = (check: (parts: Parts) => Promise<void>) => async () => {
    const { transport, client } = await open()
    const parts = { transport, peer: new TransportPeer(client), watch: new TransportWatch() }
    try {
      transport.start(parts.watch)
      await check(parts)
    } finally {
      transport.terminate()
      client.destroy()
    }
  }

  return createContract(
    {
      'delivers text and binary, whole and in fragments, in order': started(async ({ peer, watch }) => {
        peer.write(frame(Opcode.TEXT, 'one'), frame(Opcode.BINARY, Buffer.from([0, 255])))
        peer.write(frame(Opcode.TEXT, 'th', false), frame(Opcode.PING, 'x'), frame(Opcode.CONTINUATION, 'ree'))
        peer.write(frame(Opcode.TEXT, ''))
        await watch.until(() => watch.messages.length >= 4)
        assert.deepEqual(watch.messages, ['one', Buffer.from([0, 255]), 'three', ''])
      }),
      'reads one byte at a time': started(async ({ peer, watch }) => {
        for (const byte of frame(Opcode.TEXT, 'größer 😀')) peer.write(Uint8Array.of(byte))
        await watch.until(() => watch.messages.length >= 1)
        assert.deepEqual(watch.messages, ['größer 😀'])
      }),
      'sends in the order of the calls, whatever the size': started(async ({ transport, peer }) => {
        const sent = ['one', Buffer.alloc(200_000, 7), '', 'größer 😀', Buffer.alloc(0)]
        for (const payload of sent) transport.send(payload, false)
        for (const payload of sent) {
          const { opcode, payload: arrived } = await peer.next()
          assert.equal(opcode, typeof payload === 'string' ? Opcode.TEXT : Opcode.BINARY)
          assert(Buffer.from(payload).equals(arrived), `${payload.length} bytes arrived in another form`)
        }
      }),
      'answers pings, and tells of pongs': started(async ({ transport, peer, watch }) => {
        peer.write(frame(Opcode.PING, 'there?'))
        assert.deepEqual(await peer.next(), { opcode: Opcode.PONG, payload: Buffer.from('there?') })
        transport.ping(Buffer.from('and you?'))
        assert.deepEqual(await peer.next(), { opcode: Opcode.PING, payload: Buffer.from('and you?') })
        peer.write(frame(Opcode.PONG, 'and you?'))
        await watch.until(() => watch.pongs.length >= 1)
        assert.deepEqual(watch.pongs, ['and you?'])
      }),
      'delivers nothing while paused, not even from the same chunk': started(async ({ transport, peer, watch }) => {
        watch.onMessage = () => transport.pause()
        peer.write(Buffer.concat([frame(Opcode.TEXT, 'one'), frame(Opcode.TEXT, 'two')]))
        await watch.until(() => watch.messages.length >= 1)
        await turns()
        assert.deepEqual(watch.messages, ['one'])
        transport.resume()
        assert.deepEqual(watch.messages, ['one'], 'resume delivers within the call')
        await watch.until(() => watch.messages.length >= 2)
      }),
      'closes with a code and a reason, and tells of the end once': started(async ({ transport, peer, watch }) => {
        transport.close(4000, 'bye')
        transport.send('too late', false)
        assert.deepEqual(await peer.next(), {
          opcode: Opcode.CLOSE,
          payload: Buffer.from(encodeClosePayload(4000, 'bye')),
        })
        peer.write(close(4000))
        assertEnd(await watch.end(), { code: 4000, wasClean: true, initiator: 'server' })
        transport.close(4001, '')
        transport.terminate()
        await turns()
        assert.equal(watch.ends.length, 1)
      }),
      'answers the close of the peer, and delivers nothing after it': started(async ({ peer, watch }) => {
        peer.write(frame(Opcode.TEXT, 'one'), close(4001), frame(Opcode.TEXT, 'two'))
        const { opcode, payload } = await peer.next()
        assert.deepEqual([opcode, payload.readUInt16BE()], [Opcode.CLOSE, 4001])
        assertEnd(await watch.end(), { code: 4001, wasClean: true, initiator: 'client' })
        assert.deepEqual(watch.messages, ['one'])
      }),
      'tells of a peer that leaves without a close': started(async ({ peer, watch }) => {
        peer.stream.end()
        assertEnd(await watch.end(), { code: 1006, wasClean: false, initiator: 'network' })
      }),
      cuts: started(async ({ transport, watch }) => {
        transport.terminate()
        assertEnd(await watch.end(), { code: 1006, wasClean: false, initiator: 'server' })
      }),
      ...Object.fromEntries(
        Object.entries(FAULTS).map(([name, [code, ...bytes]]) => [
          `closes with ${code} for ${name}`,
          started(async ({ peer, watch }) => {
            peer.write(...bytes)
            const { opcode, payload } = await peer.next()
            assert.deepEqual([opcode, payload.readUInt16BE()], [Opcode.CLOSE, code])
            assertEnd(await watch.end(), { code, wasClean: false, initiator: 'protocol' })
            assert.deepEqual(watch.messages, [])
          }),
        ]),
      ),
    },
    skip,
  )
}

interface Parts {
  readonly transport: Transport
  readonly peer: TransportPeer
  readonly watch: TransportWatch
}

const frame = (opcode: Opcode, payload: string | Uint8Array, fin = true) =>
  encodeFrame(opcode, payload, { mask: true, fin })
const close = (code: number) => frame(Opcode.CLOSE, encodeClosePayload(code))

/** What a peer may not send, and the code that it is closed with (RFC 6455 section 7.4.1). */
const FAULTS: Readonly<Record<string, [code: number, ...bytes: Uint8Array[]]>> = {
  'an unknown opcode': [1002, frame(3 as Opcode, '')],
  'a frame without a mask': [1002, encodeFrame(Opcode.TEXT, 'bare')],
  'a close code that may not be sent': [1002, frame(Opcode.CLOSE, Uint8Array.of(3, 238))],
  'text that is not UTF-8': [1007, frame(Opcode.TEXT, Uint8Array.of(0xff))],
  'a message that is too big': [1009, frame(Opcode.BINARY, Buffer.alloc(1_001))],
  'too many fragments': [
    1008,
    frame(Opcode.TEXT, '', false),
    ...Array.from({ length: 10 }, () => frame(Opcode.CONTINUATION, 'x', false)),
  ],
}

function assertEnd({ code, wasClean, initiator }: CloseEvent, expected: Omit<CloseEvent, 'reason'>): void {
  assert.deepEqual({ code, wasClean, initiator }, expected)
}

async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve))
}
