import { Opcode } from '@sluice/protocol'
import type { Peer } from '../peer.ts'
import { Random } from '../random.ts'
import { scenario } from '../scenario.ts'
import { addressOf, type Trial } from '../trial.ts'
import { Answers } from './chaos-answers.ts'

const ROOMS = 8

export const chaos = scenario('PR-14 PR-18 PR-19 hundreds of peers that do anything, in any order', {
  name: 'chaos',
  serve(app) {
    const ends = { opened: 0, ended: 0 }
    const onConnect = () => void ends.opened++
    const onDisconnect = () => void ends.ended++
    app.api.websocket('/echo', { onConnect, onDisconnect, onMessage: (ws, { data }) => ws.send(data) })
    app.api.websocket('/batch', {
      batch: { size: 8, timeout: 20 },
      onConnect,
      onDisconnect,
      onBatch: (_ws, messages) => messages.map(({ data }) => data),
    })
    app.api.turboWebsocket('/turbo', { mode: 'echo' })
    app.api.turboWebsocket('/rooms/{id:int}', { mode: 'broadcast' })
    return { ends: () => ends }
  },
  async run(trial) {
    const peers = trial.size(300, 60)
    const lives = trial.size(40, 6)
    const tally = new Tally()
    const seeds = Array.from({ length: peers }, () => trial.random.below(2 ** 31))
    await Promise.all(
      seeds.map(async (seed, index) => {
        // Of its own, so that it does the same whatever the others do.
        const random = new Random(seed)
        for (let life = 0; life < lives; life++) await live(trial, random, `${index}.${life}`, addressOf(index), tally)
      }),
    )
    trial.equal('wrong answers', tally.faults.slice(0, 5), [])
    while ((await trial.server.read()).connections > 1);
    const { opened, ended } = await trial.server.call<{ opened: number; ended: number }>('ends')
    trial.equal('each connection ends once', ended, opened)
    trial.figure(`${peers * lives} connections, ${tally.sent} messages sent, ${tally.answered} answered`)
  },
})

class Tally {
  sent = 0
  answered = 0
  readonly faults: string[] = []
}

/** One connection: some steps, then an end. */
async function live(trial: Trial, random: Random, name: string, from: string, tally: Tally): Promise<void> {
  const path = ['/echo', '/batch', '/turbo', `/rooms/${random.below(ROOMS)}`][random.below(4)] as string
  const peer = await trial.open({ path, from })
  const answers = new Answers(name, path.startsWith('/rooms') ? 'from all' : 'own')
  peer.onMessage = (data) => answers.took(String(data))
  peer.onPong = (payload) => answers.tookPong(payload)
  for (let step = random.below(8); step > 0; step--) {
    const take = STEPS[random.below(STEPS.length)] as Step
    await take(peer, answers, random)
  }
  const end = ENDS[random.below(ENDS.length)] as End
  const wanted = await end(peer, answers, random)
  const { code, failure } = await peer.ended
  if (wanted !== ANY && code !== wanted) answers.fault ??= `closed with ${code}, not ${wanted}`
  const fault = answers.fault ?? failure
  if (fault !== null) tally.faults.push(`${name} on ${path}: ${fault}`)
  tally.sent += answers.sent
  tally.answered += answers.answered
}

type Step = (peer: Peer, answers: Answers, random: Random) => void | Promise<void>
/** Resolves to the close code that has to follow. */
type End = (peer: Peer, answers: Answers, random: Random) => number | Promise<number>

/** Nothing is certain of the close code. */
const ANY = 0

const STEPS: readonly Step[] = [
  (peer, answers, random) => {
    for (let count = 1 + random.below(10); count > 0; count--) peer.send(answers.next(random.below(300)))
  },
  (peer, answers, random) => {
    const bytes = Buffer.from(answers.next(random.below(5_000)))
    const middle = random.below(bytes.length)
    peer.frame(Opcode.TEXT, bytes.subarray(0, middle), false)
    peer.frame(Opcode.PING, answers.nextPing())
    peer.frame(Opcode.CONTINUATION, bytes.subarray(middle))
  },
  (peer, answers) => peer.frame(Opcode.PING, answers.nextPing()),
  (peer, answers) => Promise.race([answers.all(), peer.ended.then(() => {})]),
]

const ENDS: readonly End[] = [
  async (peer, answers) => {
    await Promise.race([answers.all(), peer.ended])
    if (answers.answered < answers.sent) answers.fault ??= `${answers.sent - answers.answered} answers are missing`
    peer.close(1000)
    return 1000
  },
  (peer) => {
    peer.close(4_000)
    return 4_000
  },
  (peer) => {
    peer.reset()
    return ANY
  },
  (peer) => {
    peer.destroy()
    return ANY
  },
  (peer) => {
    peer.end()
    return ANY
  },
  // A frame that is cut off.
  (peer) => {
    peer.write(Buffer.from([0x81, 0xfe, 0x01]))
    peer.destroy()
    return ANY
  },
  (peer, _answers, random) => {
    // Even these bytes may happen to be a frame with an answer.
    peer.onMessage = () => {}
    peer.onPong = () => {}
    peer.write(random.bytes(1 + random.below(200)))
    peer.end()
    return ANY
  },
  // Without a mask.
  (peer) => {
    peer.write(Buffer.from([0x81, 0x01, 0x61]))
    return 1002
  },
  (peer) => {
    peer.frame(Opcode.TEXT, Buffer.from([0xc0, 0xaf]))
    return 1007
  },
  // A header that promises 2 MiB.
  (peer) => {
    peer.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 2, 3, 4]))
    return 1009
  },
]
