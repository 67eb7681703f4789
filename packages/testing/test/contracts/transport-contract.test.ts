import { type Duplex, duplexPair } from 'node:stream'
import type { CloseEvent, Transport, TransportListener } from '@sluice/core/ports'
import { encodeClosePayload, encodeFrame, Opcode, Receiver } from '@sluice/protocol'
import { expect, it } from 'vitest'
import { transportContract } from '../../src/contracts/transport-contract.ts'

type Fault = 'answer' | 'order' | 'end' | 'pause'

/** Just enough of a transport for the cases that a test runs, right or with a fault. */
function openTransport(fault?: Fault): { transport: Transport; client: Duplex } {
  const [server, client] = duplexPair()
  server.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
  let listener: TransportListener
  let isPaused = false
  const held: (string | Buffer)[] = []
  const send = (opcode: Opcode, payload: string | Uint8Array) => {
    if (server.writable) server.write(encodeFrame(opcode, payload))
  }
  const end = (event: CloseEvent) => {
    listener.transportOnEnd(event)
    server.end()
  }
  const deliver = (data: string | Buffer) => {
    if (isPaused && fault !== 'pause') held.push(data)
    else listener.transportOnMessage(data, data.length)
  }
  const receiver = new Receiver(
    { role: 'server', maxMessageSize: 1_000, maxFragments: 10 },
    {
      receiverOnMessage: deliver,
      receiverOnPing: (payload) => send(Opcode.PONG, fault === 'answer' ? '' : payload),
      receiverOnPong: (payload) => listener.transportOnPong(payload),
      receiverOnClose(code, reason) {
        send(Opcode.CLOSE, encodeClosePayload(code))
        const event: CloseEvent = { code, reason, wasClean: fault !== 'end', initiator: 'client' }
        end(event)
      },
      receiverOnFailure: () => server.destroy(),
    },
  )
  server.on('data', (chunk) => receiver.receive(chunk))
  const transport = {
    start(given: TransportListener) {
      listener = given
    },
    send: (payload: string | Uint8Array) =>
      send(typeof payload === 'string' ? Opcode.TEXT : Opcode.BINARY, fault === 'order' ? payload.slice(1) : payload),
    ping: (payload: Uint8Array) => send(Opcode.PING, payload),
    terminate: () => void server.destroy(),
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      setImmediate(() => held.splice(0).forEach(deliver))
    },
  }
  return { transport: transport as unknown as Transport, client }
}

it.each<[Fault, string]>([
  ['answer', 'answers pings, and tells of pongs'],
  ['order', 'sends in the order of the calls, whatever the size'],
  ['end', 'answers the close of the peer, and delivers nothing after it'],
  ['pause', 'delivers nothing while paused, not even from the same chunk'],
])('catches a fault of the %s', async (fault, name) => {
  const run = (given?: Fault) =>
    transportContract({ open: async () => openTransport(given) })
      .find((each) => each.name === name)
      ?.run()
  await run()
  await expect(run(fault)).rejects.toThrow()
})
