import { connect } from 'node:net'
import { statusOf } from '../handshake.ts'
import { scenario } from '../scenario.ts'
import { addressOf, type Trial } from '../trial.ts'

const HEADERS_TIMEOUT = 1_000
/** Between one byte of a request and the next, in milliseconds. */
const TRICKLE = 100

export const slowHandshakes = scenario('HS-11 HS-12 requests that never end, and checks that never do', {
  name: 'slow-handshakes',
  http: { headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 200 },
  serve(app) {
    app.api.websocket('/ws', {
      handshakeTimeout: 500,
      allowedOrigins: () => new Promise<boolean>(() => {}),
      onMessage: (ws, { data }) => ws.send(data),
    })
    return { denials: () => app.api.stats().denied }
  },
  async run(trial) {
    const halves = trial.size(500, 100)
    const statuses = await Promise.all(Array.from({ length: halves }, (_, index) => trickle(trial, addressOf(index))))
    // A byte that was on its way meets a closed socket, and the reset may overtake the answer.
    const others = statuses.filter((status) => status !== 408 && status !== 0)
    trial.equal('requests without an end are answered with', others, [])
    const hanging = trial.size(1_000, 100)
    const denied: number[] = []
    await Promise.all(
      Array.from({ length: hanging }, async (_, index) => {
        const options = { path: '/ws', from: addressOf(index), headers: { Origin: 'https://example.com' } }
        const status = await trial.open(options).then(
          () => 101,
          (denial) => denial.status,
        )
        denied.push(status)
      }),
    )
    trial.equal('checks without an end are answered with', [...new Set(denied)], [503])
    trial.equal('denied handshakes', await trial.server.call('denials'), hanging)
    trial.figure(`${halves} half requests cut, ${hanging} handshakes with 503`)
  },
})

/** Sends a request byte by byte. Resolves to the status of the answer, or to 0 when there is none. */
function trickle({ server }: Trial, from: string): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port: server.port, localAddress: from })
  socket.write('GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Long: ')
  const timer = setInterval(() => socket.write('x'), TRICKLE)
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(timer)
      resolve(statusOf(bytes))
    })
  })
}
