import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DeflatePolicy } from '@sluice/protocol'
import { exchange } from '../wire/dial.ts'
import { ProtocolConnection, type ProtocolPackage } from './protocol-connection.ts'
import type { Testee } from './testee.ts'

/** As much as the other side allows, so that the cases about compression get to see everything. */
const POLICY: DeflatePolicy = {
  serverContextTakeover: true,
  clientContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
}

/** `@sluice/protocol` in both roles, on bare sockets. */
export function createProtocolTestee(name: string, protocol: ProtocolPackage): Testee {
  return {
    name,

    async serve() {
      const sockets = new Set<Duplex>()
      const server = createServer().on('upgrade', (request, socket, head) => {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        const verdict = protocol.checkUpgradeRequest(request)
        if (!verdict.ok) {
          socket.end(`HTTP/1.1 ${verdict.denial.status} ${verdict.denial.reason}\r\n\r\n`)
          return
        }
        const accepted = protocol.acceptDeflate(verdict.offer.extensions, POLICY)
        const extensions = accepted === undefined ? [] : [accepted.response]
        socket.write(protocol.formatUpgradeResponse({ key: verdict.offer.key, extensions }))
        const connection = new ProtocolConnection(protocol, socket, { role: 'server', agreement: accepted?.agreement })
        connection.read(head)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return {
        port: (server.address() as AddressInfo).port,
        async stop() {
          for (const socket of sockets) socket.destroy()
          server.close()
          await once(server, 'close')
        },
      }
    },

    async dial(url) {
      const { port, host, pathname } = new URL(url)
      const socket = connect({ port: Number(port), host: '127.0.0.1' })
      const key = protocol.createHandshakeKey()
      const extensions = [protocol.offerDeflate(POLICY)]
      const request = protocol.formatUpgradeRequest({ host, target: pathname, key, extensions })
      const { startLine, headers, rest } = await exchange(socket, Buffer.from(request, 'latin1'), 5_000)
      const response = { statusCode: Number(startLine.split(' ')[1]), rawHeaders: [...headers].flat() }
      const verdict = protocol.checkUpgradeResponse(response, { key, extensions })
      if (!verdict.ok) throw new Error(verdict.reason)
      const [extension] = verdict.agreement.extensions
      const agreement = extension && protocol.checkDeflateResponse(extension, POLICY)
      if (extension !== undefined && agreement === undefined) throw new Error('the answer about deflate is not legal')
      new ProtocolConnection(protocol, socket, { role: 'client', agreement }).read(rest)
      await once(socket, 'close')
    },
  }
}
