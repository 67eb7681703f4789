import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  checkUpgradeRequest,
  encodeFrameHeader,
  formatUpgradeResponse,
  maxFrameLength,
  Opcode,
  Receiver,
  writeFrame,
} from '@sluice/protocol'
import { serve } from './control.ts'

/** The frame engine with nothing around it: no Fastify, no connection object, no handler. What the framework costs is the difference. */

/** Above this a payload is written as it is, after its header, instead of being copied behind it. */
const LARGE = 16 * 1024

const http = createServer()

http.on('upgrade', (request, socket, head) => {
  const verdict = checkUpgradeRequest(request)
  if (!verdict.ok) {
    socket.end(`HTTP/1.1 ${verdict.denial.status} Bad Request\r\n\r\n`)
    return
  }
  socket.write(formatUpgradeResponse({ key: verdict.offer.key }))
  echo(socket as Socket, head)
})
http.listen(0, '127.0.0.1', () => serve((http.address() as AddressInfo).port))

function echo(socket: Socket, head: Buffer): void {
  const answers: (string | Buffer)[] = []
  const receiver = new Receiver(
    { role: 'server', maxMessageSize: 1024 * 1024, maxFragments: 1024 },
    {
      receiverOnMessage: (data) => {
        answers.push(data)
      },
      receiverOnPing: () => {},
      receiverOnPong: () => {},
      receiverOnClose: () => socket.end(),
      receiverOnFailure: () => socket.destroy(),
    },
  )
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', receive)
  if (head.length > 0) receive(head)

  function receive(chunk: Buffer): void {
    receiver.receive(chunk)
    if (answers.length > 0) writeAll(socket, answers.splice(0))
  }
}

/** One write for everything that a chunk brought. */
function writeAll(socket: Socket, answers: readonly (string | Buffer)[]): void {
  if (answers.some((answer) => answer.length > LARGE)) {
    socket.cork()
    for (const answer of answers) writeLarge(socket, answer)
    socket.uncork()
    return
  }
  const buffer = Buffer.allocUnsafe(answers.reduce((sum, answer) => sum + maxFrameLength(answer), 0))
  let length = 0
  for (const answer of answers) length = writeFrame(buffer, length, opcodeOf(answer), answer)
  socket.write(buffer.subarray(0, length))
}

function writeLarge(socket: Socket, answer: string | Buffer): void {
  socket.write(encodeFrameHeader(opcodeOf(answer), Buffer.byteLength(answer)))
  socket.write(answer)
}

function opcodeOf(answer: string | Buffer): Opcode {
  return typeof answer === 'string' ? Opcode.TEXT : Opcode.BINARY
}
