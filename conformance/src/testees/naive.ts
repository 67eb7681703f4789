import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { exchange } from '../wire/dial.ts'
import { acceptValue, formatHead, type Head } from '../wire/handshake.ts'
import { readRequest } from '../wire/listen.ts'
import { agree, type DeflateParameters, formatExtension, parseExtensions } from '../wire/negotiation.ts'
import { NaiveConnection } from './naive-connection.ts'
import type { Fault, FaultName } from './naive-faults.ts'
import type { Testee } from './testee.ts'

/** An implementation of our own that is right unless told to have a fault. It proves that the runner sees faults. */
export function createNaive(fault?: Fault): Testee {
  const has = (name: FaultName) => fault?.name === name

  return {
    name: fault === undefined ? 'naive' : `naive with '${fault.name}'`,

    async serve() {
      const sockets = new Set<Socket>()
      const server = createServer({ allowHalfOpen: has('half-closed connection left open') }, (socket) => {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        socket.on('error', () => socket.destroy())
        readRequest(socket, (head) => acceptUpgrade(socket, head))
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('the naive server has no port')
      return {
        port: address.port,
        async stop() {
          for (const socket of sockets) socket.destroy()
          server.close()
          await once(server, 'close')
        },
      }
    },

    async dial(url) {
      const { port, host, pathname } = new URL(url)
      const offers: DeflateParameters[] = [{ clientMaxWindowBits: true }]
      const socket = connect({ port: Number(port), host: '127.0.0.1' })
      socket.on('error', () => socket.destroy())
      const request = formatHead(`GET ${pathname} HTTP/1.1`, {
        Host: host,
        Upgrade: 'websocket',
        Connection: 'Upgrade',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Extensions': offers.map(formatExtension).join(', '),
      })
      const head = await exchange(socket, request, 5_000)
      const [answer] = parseExtensions(head)
      const agreement = answer && agree(offers, answer)
      start(new NaiveConnection(socket, { role: 'client', agreement, fault }), head)
      await once(socket, 'close')
    },
  }

  function acceptUpgrade(socket: Socket, head: Head): void {
    const offers = parseExtensions(head)
    const answer = answerTo(offers[0])
    const key = `${head.headers.get('sec-websocket-key')}${has('wrong Sec-WebSocket-Accept') ? '!' : ''}`
    const agreement = answer && offers.length > 0 ? agree([{}, { clientMaxWindowBits: true }], answer) : undefined
    const response = formatHead('HTTP/1.1 101 Switching Protocols', {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': acceptValue(key),
      'Sec-WebSocket-Extensions': answer && formatExtension(answer),
    })
    socket.write(response)
    start(new NaiveConnection(socket, { role: 'server', agreement, fault }), head)
  }

  function answerTo(offer: DeflateParameters | undefined): DeflateParameters | undefined {
    if (offer === undefined) return has('extension answered unasked') ? {} : undefined
    const { serverNoContextTakeover, serverMaxWindowBits } = offer
    const isGreater = has('window of the answer larger than offered')
    return {
      ...(serverNoContextTakeover && !has('no context takeover not confirmed') && { serverNoContextTakeover }),
      ...(serverMaxWindowBits !== undefined && { serverMaxWindowBits: isGreater ? 15 : serverMaxWindowBits }),
      ...(has('client window answered unasked') && { clientMaxWindowBits: 15 }),
    }
  }

  function start(connection: NaiveConnection, head: Head): void {
    if (head.rest.length > 0 && !has('frames lost that come with the handshake')) connection.read(head.rest)
  }
}
