import { continuation, type Frame, ping, pong, text } from '../wire/frame.ts'
import type { Chop } from '../wire/peer.ts'
import { answered, type Case, failed, NORMAL, pongFor, textEcho } from './case.ts'

const more = { fin: false }
const FIRST_OF_TWO = text('fragment1', more)
const LAST_OF_TWO = continuation('fragment2')
const TWO_JOINED = textEcho('fragment1fragment2')
const CHOPS: readonly Chop[] = ['whole', 'frame', 1]

/** Fragmentation (RFC 6455 section 5.4). */
export const group05: readonly Case[] = [
  failed('5.1', 'fragmented ping', [ping('fragment1', more), LAST_OF_TWO]),
  failed('5.2', 'fragmented pong', [pong('fragment1', more), LAST_OF_TWO]),
  ...CHOPS.map((chop, index) =>
    answered(`5.${3 + index}`, `text in two fragments${named(chop)}`, [FIRST_OF_TWO, LAST_OF_TWO], [TWO_JOINED], {
      chop,
    }),
  ),
  ...CHOPS.map((chop, index) => {
    const frames = [FIRST_OF_TWO, ping('ping payload'), LAST_OF_TWO]
    const strict = [pongFor('ping payload'), TWO_JOINED]
    return answered(`5.${6 + index}`, `text in two fragments around a ping${named(chop)}`, frames, strict, { chop })
  }),
  ...CHOPS.map((chop, index) => orphan(9 + index, true, chop)),
  ...CHOPS.map((chop, index) => orphan(12 + index, false, chop)),
  failed(
    '5.15',
    'text in two fragments, a continuation of nothing, a text',
    [FIRST_OF_TWO, LAST_OF_TWO, continuation('fragment3', more), text('fragment4')],
    { strict: [TWO_JOINED] },
  ),
  failed('5.16', 'twice: a continuation of nothing without FIN, a text in two fragments', twice(orphanFirst(false))),
  failed('5.17', 'twice: a continuation of nothing with FIN, a text in two fragments', twice(orphanFirst(true))),
  failed('5.18', 'two fragments, both with the opcode of a text', [FIRST_OF_TWO, text('fragment2')]),
  fiveFragments('5.19', 'whole'),
  fiveFragments('5.20', 'frame'),
]

function orphan(index: number, fin: boolean, chop: Chop): Case {
  const title = `continuation of nothing ${fin ? 'with' : 'without'} FIN, then a text${named(chop)}`
  return failed(`5.${index}`, title, [continuation('continues nothing', { fin }), text('Hello, world!')], { chop })
}

function orphanFirst(fin: boolean): Frame[] {
  return [continuation('fragment1', { fin }), text('fragment2', more), continuation('fragment3')]
}

function twice(frames: readonly Frame[]): Frame[] {
  return [...frames, ...frames]
}

/** The first pong has to come before the message is complete, so the script goes on only when it has. */
function fiveFragments(number: string, chop: Chop): Case {
  return {
    number,
    title: `text in five fragments around two pings${named(chop)}`,
    async script(dialogue) {
      await dialogue.send([text('fragment1', more), continuation('fragment2', more), ping('first ping')], chop)
      await dialogue.answers(1)
      const rest = [continuation('fragment3', more), continuation('fragment4', more), ping('second ping')]
      await dialogue.send([...rest, continuation('fragment5')], chop)
    },
    strict: [pongFor('first ping'), pongFor('second ping'), textEcho('fragment1fragment2fragment3fragment4fragment5')],
    ending: NORMAL,
  }
}

function named(chop: Chop): string {
  if (chop === 'whole') return ''
  return chop === 'frame' ? ', frame by frame' : ', byte by byte'
}
