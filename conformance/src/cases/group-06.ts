import type { Dialogue } from '../dialogue.ts'
import { continuation, type Frame, fragments, Opcode, text } from '../wire/frame.ts'
import { answered, type Case, failed, failure, textEcho } from './case.ts'
import { UTF8_SECTIONS } from './utf8-sequences.ts'

const MIXED = 'Hello-µ@ßöäüàá-UTF-8!!'
const GREEK = Buffer.from('κόσμε')
const SURROGATE = Buffer.concat([GREEK, Buffer.from('eda080', 'hex'), Buffer.from('edited')])
/** U+110000 in the bit pattern of UTF-8: the second of its four bytes makes it invalid. */
const BEYOND_UNICODE = Buffer.concat([GREEK, Buffer.from('f4908080', 'hex'), Buffer.from('edited')])

/** UTF-8 in text messages (RFC 6455 sections 5.6 and 8.1). */
export const group06: readonly Case[] = [
  answered('6.1.1', 'empty text', [text()], [textEcho('')]),
  answered('6.1.2', 'three empty fragments', around(''), [textEcho('')]),
  answered('6.1.3', 'three fragments, only the middle one not empty', around('middle'), [textEcho('middle')]),
  answered('6.2.1', 'valid text', [text(MIXED)], [textEcho(MIXED)]),
  answered('6.2.2', 'valid text, cut between code points', halves(MIXED, 'Hello-µ@ßöä'), [textEcho(MIXED)]),
  answered('6.2.3', 'valid text in fragments of one byte', single(Buffer.from(MIXED)), [textEcho(MIXED)]),
  answered('6.2.4', 'valid Greek text in fragments of one byte', single(GREEK), [textEcho(GREEK)]),
  failed('6.3.1', 'text with a surrogate', [text(SURROGATE)], { codes: [1007] }),
  failed('6.3.2', 'text with a surrogate in fragments of one byte', single(SURROGATE), { codes: [1007] }),
  failFast('6.4.1', 'frames', GREEK.length, GREEK.length + 4),
  failFast('6.4.2', 'frames', GREEK.length + 1, GREEK.length + 2),
  failFast('6.4.3', 'chops', GREEK.length, GREEK.length + 4),
  failFast('6.4.4', 'chops', GREEK.length + 1, GREEK.length + 2),
  ...UTF8_SECTIONS.flatMap((section, index) =>
    section.sequences.map(({ bytes, valid }, at) => {
      const number = `6.${index + 5}.${at + 1}`
      if (valid) return answered(number, section.title, [text(bytes)], [textEcho(bytes)])
      return failed(number, section.title, [text(bytes)], { codes: [1007] })
    }),
  ),
]

function around(middle: string): Frame[] {
  return [text('', { fin: false }), continuation(middle, { fin: false }), continuation('')]
}

function halves(whole: string, first: string): Frame[] {
  return [text(first, { fin: false }), continuation(whole.slice(first.length))]
}

function single(payload: Buffer): Frame[] {
  return fragments(Opcode.TEXT, payload, 1)
}

/**
 * Three parts with a wait after the first and the second: the second makes the text invalid.
 * To fail right then is strict; to wait for the end of the message is legal too (RFC 6455 section 8.1 sets no time).
 */
function failFast(number: string, kind: 'frames' | 'chops', firstEnd: number, secondEnd: number): Case {
  const silence = (name: string) => ({ type: 'silence' as const, payload: Buffer.from(name) })
  return {
    number,
    title: `invalid text in three ${kind}, invalid after the second (byte ${secondEnd})`,
    async script(dialogue) {
      const parts =
        kind === 'frames' ? frameParts(dialogue, firstEnd, secondEnd) : chopParts(dialogue, firstEnd, secondEnd)
      await dialogue.sendBytes(parts[0])
      if (!(await dialogue.isSilent('after a valid part', 250))) return
      await dialogue.sendBytes(parts[1])
      if (!(await dialogue.isSilent('after an invalid part', 1_000))) return
      await dialogue.sendBytes(parts[2])
    },
    strict: [silence('after a valid part')],
    ending: failure(1007),
    tolerated: {
      strict: [silence('after a valid part'), silence('after an invalid part')],
      ending: failure(1007),
    },
  }
}

type ThreeParts = readonly [Buffer, Buffer, Buffer]

function frameParts(dialogue: Dialogue, firstEnd: number, secondEnd: number): ThreeParts {
  return [
    dialogue.encode(text(BEYOND_UNICODE.subarray(0, firstEnd), { fin: false })),
    dialogue.encode(continuation(BEYOND_UNICODE.subarray(firstEnd, secondEnd), { fin: false })),
    dialogue.encode(continuation(BEYOND_UNICODE.subarray(secondEnd))),
  ]
}

function chopParts(dialogue: Dialogue, firstEnd: number, secondEnd: number): ThreeParts {
  const bytes = dialogue.encode(text(BEYOND_UNICODE))
  const head = bytes.length - BEYOND_UNICODE.length
  return [
    bytes.subarray(0, head + firstEnd),
    bytes.subarray(head + firstEnd, head + secondEnd),
    bytes.subarray(head + secondEnd),
  ]
}
