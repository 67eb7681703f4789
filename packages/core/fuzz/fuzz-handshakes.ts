import { connect } from 'node:net'
import { Random } from '@sluice/protocol/fuzz'
import { assertUnharmed, type FuzzOptions, settled, startEchoServer } from './echo-server.ts'
import { runConcurrently } from './run-concurrently.ts'

export interface HandshakeReport {
  handshakes: number
  /** How many requests got which status; those that were cut before their end may get none, 0. */
  readonly statuses: Map<number, number>
}

const LINES = [
  'GET /ws HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: keep-alive, Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Origin: http://localhost',
  'Sec-WebSocket-Protocol: chat.v2, chat.v1',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
]
const ODD_LINES = [
  '__proto__: x',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  ': x',
  'X: \u00ff',
  'X',
  ' folded',
]
const CHARACTERS = ' \t,;="\\:\r\n\0aZ09=-_/?%#\u00e4\u00ff'
const END_OF_HEAD = '\r\n\r\n'
/** Milliseconds without an answer that count as none. */
const PATIENCE = 20_000

/**
 * Sends upgrade requests with lines changed, dropped, doubled or cut to a server, over TCP.
 *
 * @throws When an answer is neither 101 nor 4xx, or does not come, or the server is harmed. The message names the seed.
 */
export async function fuzzHandshakes({ count, seed, engine }: FuzzOptions): Promise<HandshakeReport> {
  const server = await startEchoServer({ engine, compression: {}, subprotocols: ['chat.v1'] })
  const report: HandshakeReport = { handshakes: 0, statuses: new Map() }
  try {
    await runConcurrently({ first: seed, count, concurrency: 32 }, async (index) => {
      const request = createRequest(new Random(index))
      const status = await ask(server.port, request)
      const isExpected = status === 101 || (status >= 400 && status < 500) || (status === 0 && !isWhole(request))
      if (!isExpected)
        throw new Error(`Handshake of seed ${index}: answered with ${status}: ${JSON.stringify(request)}`)
      report.handshakes++
      report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1)
    })
    await settled(server)
    await assertUnharmed(server)
    return report
  } finally {
    await server.close()
  }
}

function createRequest(random: Random): string {
  const lines = [...LINES]
  for (let changes = random.below(4); changes > 0; changes--) changeLine(random, lines)
  const request = lines.join('\r\n') + END_OF_HEAD
  return random.oneIn(20) ? request.slice(0, random.below(request.length)) : request
}

function changeLine(random: Random, lines: string[]): void {
  const at = random.below(lines.length)
  const line = lines[at] ?? ''
  switch (random.below(5)) {
    case 0:
      lines.splice(at, 1)
      break
    case 1:
      lines.splice(at, 0, line)
      break
    case 2:
      lines.splice(at + 1, 0, random.pick(ODD_LINES))
      break
    case 3:
      lines[at] = line.slice(0, random.below(line.length + 1))
      break
    default:
      lines[at] = changeText(random, line)
  }
}

function changeText(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const character = CHARACTERS[random.below(CHARACTERS.length)] ?? ''
  const inserted = random.oneIn(20) ? character.repeat(random.below(2_000)) : character
  return text.slice(0, at) + inserted + text.slice(at + random.below(3))
}

function isWhole(request: string): boolean {
  return request.includes(END_OF_HEAD)
}

/** The status of the answer, or 0 where the stream ends without one. */
function ask(port: number, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, timeout: PATIENCE })
    let response = ''
    const finish = () => {
      socket.destroy()
      resolve(response === '' ? 0 : Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1]))
    }
    socket.on('connect', () => {
      socket.write(request, 'latin1')
      // Nothing more comes of what was cut.
      if (!isWhole(request)) socket.end()
    })
    socket.on('data', (chunk) => {
      response += chunk.toString('latin1')
      if (response.includes('\r\n')) finish()
    })
    socket.on('end', finish)
    socket.on('error', finish)
    socket.on('timeout', () => {
      socket.destroy()
      reject(new Error(`no answer to ${JSON.stringify(request)}`))
    })
  })
}
