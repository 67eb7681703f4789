import type { MessageRateAction } from '@sluice/core'
import { encodeFrame, Opcode } from '@sluice/protocol'
import type { FastifyInstance } from 'fastify'
import type { Peer } from '../peer.ts'
import { type Commands, scenario } from '../scenario.ts'
import type { Trial } from '../trial.ts'

const BURST = 100
const MESSAGES = 1_000
/** Messages a second: what may pass besides the burst is hardly anything, except where nothing is lost. */
const RATES = { drop: 1, reply: 1, close: 1, throttle: 2_000 } as const satisfies Record<MessageRateAction, number>
const MAX_LINES = 100

export const messageFlood = scenario('MS-05 MS-06 MS-19 ten times as many messages as a limit allows', {
  name: 'message-flood',
  serve: (app) => Object.assign({}, ...ACTIONS.map((action) => serveRoute(app, action))),
  async run(trial) {
    const before = await trial.server.read()
    for (const action of ACTIONS) await flood(trial, action)
    const after = await trial.server.read()
    trial.atMost('lines of the log', after.logLines - before.logLines, MAX_LINES)
  },
})

const ACTIONS = Object.keys(RATES) as MessageRateAction[]

function serveRoute(app: FastifyInstance, action: MessageRateAction): Commands {
  let handled = 0
  const limits = { messageRate: { rate: RATES[action], burst: BURST, action } }
  app.api.websocket(`/${action}`, {
    limits,
    onMessage(ws, { data }) {
      handled++
      return ws.send(data)
    },
  })
  return { [`handled ${action}`]: () => handled }
}

async function flood(trial: Trial, action: MessageRateAction): Promise<void> {
  const peers = await trial.openMany(trial.size(100, 20), () => ({ path: `/${action}` }))
  const start = performance.now()
  const heard = await Promise.all(peers.map((peer) => sendAll(peer, action)))
  const most = BURST + ((performance.now() - start) / 1_000) * RATES[action] + 1
  const handled = await trial.server.call<number>(`handled ${action}`)
  const all = peers.length * MESSAGES
  const echoes = heard.reduce((sum, { echoed }) => sum + echoed.length, 0)
  trial.figure(`${action}: ${handled} of ${all} handled`)
  trial.equal(
    `${action}: echoes out of order`,
    heard.filter(({ echoed }) => !rises(echoed)),
    [],
  )
  if (action === 'throttle') {
    trial.equal('throttle loses none', [handled, echoes], [all, all])
    return
  }
  trial.equal(
    `${action}: as much passes as may`,
    handled >= peers.length * BURST && handled <= peers.length * most,
    true,
  )
  if (action === 'close') {
    trial.equal('codes', [...new Set(heard.map(({ code }) => code))], [1008])
    return
  }
  trial.equal(`${action}: echoes`, echoes, handled)
  const replies = heard.reduce((sum, { refused }) => sum + refused, 0)
  trial.equal(`${action}: answers to the rest`, replies, action === 'reply' ? all - handled : 0)
}

interface Heard {
  readonly echoed: number[]
  /** Messages that were answered with an error. */
  refused: number
  code: number
}

/** Sends all messages at once, and resolves when everything that they cause has come back. */
async function sendAll(peer: Peer, action: MessageRateAction): Promise<Heard> {
  const heard: Heard = { echoed: [], refused: 0, code: 0 }
  const last = Promise.withResolvers<void>()
  peer.onMessage = (data) => {
    const number = Number(data)
    if (Number.isNaN(number)) heard.refused++
    else heard.echoed.push(number)
    if (heard.echoed.length + heard.refused === MESSAGES) last.resolve()
  }
  peer.onPong = () => {
    // What is dropped leaves no trace: the echoes of what is not come back in the turns behind the pong.
    if (action === 'drop') setTimeout(last.resolve, 500)
  }
  const frames = Array.from({ length: MESSAGES }, (_, number) => encodeFrame(Opcode.TEXT, `${number}`, { mask: true }))
  peer.write(Buffer.concat([...frames, encodeFrame(Opcode.PING, '', { mask: true })]))
  const closed = peer.closed.then((code) => {
    heard.code = code
  })
  await Promise.race([last.promise, closed])
  return heard
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number))
}
