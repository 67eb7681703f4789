import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { encodeClosePayload, encodeFrame, Opcode, Receiver } from '@sluice/protocol'

export interface DrainScenario {
  readonly clients: number
  /** The share of clients that do not answer the close frame. */
  readonly mute: number
  /** Milliseconds: the `timeout` of the drain. */
  readonly timeout: number
}

export interface DrainReport {
  /** How many clients were told each close code; 1006 stands for none. */
  readonly codes: Readonly<Record<number, number>>
  /** Milliseconds from the signal: until the first and the last close frame, and until the process had ended. */
  readonly firstClose: number
  readonly lastClose: number
  readonly exit: number
  readonly exitCode: number | null
}

/** Opens connections to a server in a process of its own, sends it SIGTERM, and sees how they end. */
export async function runDrain({ clients, mute, timeout }: DrainScenario): Promise<DrainReport> {
  const server = fileURLToPath(new URL('drain-server.ts', import.meta.url))
  const args = ['--conditions=@sluice/source', server, String(timeout)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const ended = once(child, 'exit')
    const port = Number((await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()).value)
    const closes: Promise<Close>[] = []
    for (let index = 0; index < clients; index++)
      closes.push((await DrainClient.open(port, index < clients * mute)).closed)
    const start = performance.now()
    child.kill('SIGTERM')
    const told = await Promise.all(closes)
    const [exitCode] = await ended
    return { ...summarize(told, start), exit: performance.now() - start, exitCode }
  } finally {
    child.kill('SIGKILL')
  }
}

interface Close {
  readonly code: number
  readonly at: number
}

class DrainClient {
  readonly closed: Promise<Close>

  /** @param isMute does not answer the close frame */
  static async open(port: number, isMute: boolean): Promise<DrainClient> {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    const [response] = await once(socket, 'data')
    if (!String(response).startsWith('HTTP/1.1 101')) throw new Error(String(response))
    return new DrainClient(socket, isMute)
  }

  constructor(socket: Socket, isMute: boolean) {
    const { promise, resolve } = Promise.withResolvers<Close>()
    const answer = (opcode: Opcode, payload: Buffer) => {
      if (!isMute) socket.write(encodeFrame(opcode, payload, { mask: true }))
    }
    const receiver = new Receiver(
      { role: 'client', maxMessageSize: 1_024, maxFragments: 1 },
      {
        receiverOnMessage() {},
        receiverOnPing: (payload) => answer(Opcode.PONG, payload),
        receiverOnPong() {},
        receiverOnClose(code) {
          resolve({ code, at: performance.now() })
          answer(Opcode.CLOSE, Buffer.from(encodeClosePayload(code)))
        },
        receiverOnFailure: () => socket.destroy(),
      },
    )
    this.closed = promise
    socket.on('data', (chunk) => receiver.receive(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve({ code: 1006, at: performance.now() }))
  }
}

function summarize(told: readonly Close[], start: number): Pick<DrainReport, 'codes' | 'firstClose' | 'lastClose'> {
  const codes: Record<number, number> = {}
  for (const { code } of told) codes[code] = (codes[code] ?? 0) + 1
  const times = told.filter(({ code }) => code !== 1006).map(({ at }) => at - start)
  return { codes, firstClose: Math.min(...times), lastClose: Math.max(...times) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await runDrain({ clients: 5_000, mute: 0.01, timeout: 10_000 }))
}
