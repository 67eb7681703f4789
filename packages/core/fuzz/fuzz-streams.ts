import { connect } from 'node:net'
import { encodeFrame, Opcode } from '@sluice/protocol'
import { createStream, cutAtRandom, Random } from '@sluice/protocol/fuzz'
import { assertUnharmed, type FuzzOptions, settled, startEchoServer } from './echo-server.ts'
import { runConcurrently } from './run-concurrently.ts'
import { ServerReader } from './server-reader.ts'

export interface StreamReport {
  streams: number
  /** How many connections the server closed with which code; `none` where there was no close frame. */
  readonly ends: Map<number | 'none', number>
}

const REQUEST = [
  'GET /ws HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  '\r\n',
].join('\r\n')
/** Milliseconds without a byte that count as hanging. */
const PATIENCE = 20_000
/** The answer is compressed off the loop, while what comes next is read. */
const LARGE = encodeFrame(Opcode.TEXT, 'größer 😀 '.repeat(2_000), { mask: true })

/**
 * Sends streams of frames, good, nearly good and random, to a server that echoes, over TCP.
 *
 * @throws When the server breaks the protocol, does not end a connection, or is harmed. The message names the seed.
 */
export async function fuzzStreams({ count, seed, engine }: FuzzOptions): Promise<StreamReport> {
  const server = await startEchoServer({ engine, compression: { threshold: 50 } })
  const report: StreamReport = { streams: 0, ends: new Map() }
  try {
    await runConcurrently({ first: seed, count, concurrency: 32 }, async (index) => {
      const end = await play(server.port, createChunks(new Random(index))).catch((error: Error) => {
        throw new Error(`Stream of seed ${index}: ${error.message}`, { cause: error })
      })
      report.streams++
      report.ends.set(end, (report.ends.get(end) ?? 0) + 1)
    })
    await settled(server)
    await assertUnharmed(server)
    return report
  } finally {
    await server.close()
  }
}

function createChunks(random: Random): Buffer[] {
  const stream = createStream(random, { role: 'server', deflate: true })
  const chunks = random.oneIn(2) ? [stream] : cutAtRandom(random, stream)
  return random.oneIn(4) ? [LARGE, ...chunks] : chunks
}

/** Sends the chunks, then ends its half. The code of the server's close frame, if there was one. */
function play(port: number, chunks: readonly Buffer[]): Promise<number | 'none'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true, timeout: PATIENCE })
    const reader = new ServerReader()
    socket.on('connect', () => {
      socket.write(REQUEST)
      for (const chunk of chunks) socket.write(chunk)
      socket.end()
    })
    socket.on('data', (chunk) => reader.read(chunk))
    socket.on('end', () => socket.destroy())
    socket.on('error', () => {})
    socket.on('timeout', () => {
      reader.fault ??= 'the server does not end'
      socket.destroy()
    })
    socket.on('close', () => {
      if (reader.fault === null) resolve(reader.end)
      else reject(new Error(reader.fault))
    })
  })
}
