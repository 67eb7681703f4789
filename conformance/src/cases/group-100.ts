import { constants, deflateRawSync } from 'node:zlib'
import { createInflater } from '../wire/deflate.ts'
import { binary, close, continuation, type Frame, ping, RSV1, RSV2, text } from '../wire/frame.ts'
import type { Chop } from '../wire/peer.ts'
import {
  answered,
  type Case,
  type DeflateWish,
  type Ending,
  echoOf,
  failed,
  failure,
  NORMAL,
  pongFor,
  textEcho,
} from './case.ts'

const HELLO = 'Hello, world!'
const more = { fin: false }

const DEFLATE: DeflateWish = {
  offers: [{}],
  choose: () => ({}),
}

/** Rules that the public numbers do not reach. */
export const group100: readonly Case[] = [
  ...masking(),
  ...lengths(),
  ...order(),
  ...closing(),
  ...compressed(),
  ...wronglyCompressed(),
  ...characters(),
]

/** RFC 6455 section 5.1. */
function masking(): Case[] {
  const wrong = { wrongMask: true }
  return [
    failed('100.1.1', 'text with the mask of the other role', [text(HELLO, wrong)]),
    failed('100.1.2', 'ping with the mask of the other role', [ping(HELLO, wrong)]),
    failed('100.1.3', 'text, then an empty text with the mask of the other role', [text(HELLO), text('', wrong)], {
      strict: [textEcho(HELLO)],
    }),
  ]
}

/** RFC 6455 section 5.2. A longer form than needed is forbidden to the sender, but no receiver has to notice. */
function lengths(): Case[] {
  const announcing = (announcedLength: bigint) => [binary(HELLO, { announcedLength, lengthForm: 64 })]
  return [
    longer('100.2.1', 16),
    longer('100.2.2', 64),
    {
      ...failed('100.2.3', 'length with the highest bit set', announcing(2n ** 63n + 13n)),
      tolerated: { strict: [], ending: failure(1009) },
    },
    failed('100.2.4', 'length beyond 2^53', announcing(2n ** 60n), { codes: [1002, 1009] }),
  ]
}

/** Strict is to refuse the longer form, tolerated is to echo the message all the same. */
function longer(number: string, lengthForm: 16 | 64): Case {
  return {
    number,
    title: `13 bytes announced in ${lengthForm} bits`,
    async script(dialogue) {
      await dialogue.send(text(HELLO, { lengthForm }))
      if (await dialogue.isAnswered()) await dialogue.send(close(1000))
    },
    strict: [],
    ending: failure(1002),
    tolerated: { strict: [textEcho(HELLO)], ending: NORMAL },
  }
}

function order(): Case[] {
  const sizes = [70_000, 1, 300, 0, 65_536, 7, 126, 20_000, 2, 125]
  const mixed = sizes.map((size, at) =>
    at % 3 === 0 ? binary(Buffer.alloc(size, at)) : text('abcdefghij'.at(at)?.repeat(size)),
  )
  const many = Array.from({ length: 500 }, (_, at) => text(`message ${at}`))
  return [
    answered('100.3.1', 'ten messages of all sizes, not waiting for an echo', mixed, mixed.map(echoOf)),
    answered('100.3.2', '500 texts in one write', many, many.map(echoOf)),
    answered('100.3.3', 'three texts in the segment of the opening handshake', [], many.slice(0, 3).map(echoOf), {
      glued: many.slice(0, 3),
    }),
  ]
}

/** RFC 6455 section 7 and the codes registered since. */
function closing(): Case[] {
  const handshake = (...codes: number[]) => ({ ...NORMAL, codes, strictCode: true as const })
  const ended = (...codes: number[]) => ({ ...handshake(...codes), clean: false })
  const flood = Array.from({ length: 16 }, () => text('*'.repeat(65_536)))
  return [
    ...[1012, 1013, 1014].map((code, at) =>
      saying(
        `100.4.${at + 1}`,
        `close with code ${code}, registered after RFC 6455`,
        [close(code)],
        handshake(1000, code),
      ),
    ),
    saying('100.4.4', 'close with code 1015', [close(1015)], ended(1002)),
    saying('100.4.5', 'close with a reason, byte by byte', [close(1000, 'going home')], handshake(1000), 1),
    saying('100.4.6', '1 MiB of text after close', [close(1000), ...flood], ended(1000)),
    {
      number: '100.4.7',
      title: 'end of the connection without close',
      async script(dialogue) {
        await dialogue.roundTrip({ type: 'text', payload: Buffer.from(HELLO) })
        dialogue.endConnection()
      },
      strict: [],
      ending: ended(),
    },
  ]
}

function saying(number: string, title: string, frames: readonly Frame[], ending: Ending, chop?: Chop): Case {
  return { number, title, script: (dialogue) => dialogue.send(frames, chop), strict: [], ending }
}

/** RFC 7692 section 7.2: the forms a compressed message may take. */
function compressed(): Case[] {
  const deflate = DEFLATE
  const one = { rsv: RSV1 }
  const long = Buffer.from(HELLO.repeat(100))
  const halves = (payload: Buffer, between: Frame[]) => [
    text(payload.subarray(0, payload.length >> 1), { ...more, ...one }),
    ...between,
    continuation(payload.subarray(payload.length >> 1)),
  ]
  const stored = dropTail(deflateRawSync(long, { level: 0, finishFlush: constants.Z_SYNC_FLUSH }))
  const plain = dropTail(deflateRawSync(long, { finishFlush: constants.Z_SYNC_FLUSH }))
  const final = Buffer.concat([deflateRawSync(long), Buffer.from([0x00])])
  const blocks = Buffer.from('f24805000000ffffcac9c90700', 'hex')
  return [
    answered('100.5.1', 'message that is not compressed', [text(HELLO)], [textEcho(HELLO)], { deflate }),
    answered('100.5.2', 'empty message', [text(Buffer.from([0]), one)], [textEcho('')], { deflate }),
    again('100.5.3', 'second message may refer to the first'),
    answered('100.5.4', 'stored block', [text(stored, one)], [textEcho(long)], { deflate }),
    answered('100.5.5', 'final block', [text(final, one)], [textEcho(long)], { deflate }),
    answered('100.5.6', 'two blocks', [text(blocks, one)], [textEcho('Hello')], { deflate }),
    answered('100.5.7', 'ping between fragments', halves(plain, [ping('p')]), [pongFor('p'), textEcho(long)], {
      deflate,
    }),
    answered(
      '100.5.8',
      'empty fragments',
      [text('', { ...more, ...one }), continuation(plain, more), continuation('')],
      [textEcho(long)],
      {
        deflate,
      },
    ),
    answered(
      '100.5.9',
      'compressed and plain messages in turn',
      [text(plain, one), text('a'), text(stored, one), text('b')],
      [textEcho(long), textEcho('a'), textEcho(long), textEcho('b')],
      { deflate },
    ),
  ]
}

/** RFC 7692 sections 6.1 and 7.2.2. */
function wronglyCompressed(): Case[] {
  const deflate = DEFLATE
  const notUtf8 = dropTail(deflateRawSync(Buffer.from('eda080', 'hex'), { finishFlush: constants.Z_SYNC_FLUSH }))
  const notDeflate = Buffer.alloc(8, 0xff)
  return [
    failed('100.6.1', 'RSV1 on a continuation', [text('a', more), continuation('b', { rsv: RSV1 })], { deflate }),
    failed('100.6.2', 'RSV1 on a ping', [ping('a', { rsv: RSV1 })], { deflate }),
    failed('100.6.3', 'RSV2 beside RSV1', [text('a', { rsv: RSV1 | RSV2 })], { deflate }),
    failed('100.6.4', 'data that do not inflate', [text(notDeflate, { rsv: RSV1 })], { deflate, codes: [1002, 1007] }),
    failed('100.6.5', 'text that inflates to bytes that are not UTF-8', [text(notUtf8, { rsv: RSV1 })], {
      deflate,
      codes: [1007],
    }),
    cutShort('100.6.6'),
  ]
}

/** Strict is to notice that data are missing; tolerated is to echo what comes out, since no RFC calls that an error. */
function cutShort(number: string): Case {
  // The final block of "Hello" without its end: zlib finds one in the bytes that the receiver has to append.
  const part = Buffer.from('f348cd', 'hex')
  const inflate = createInflater({ windowBits: 15, contextTakeover: false })
  return {
    number,
    title: 'compressed data cut short',
    async script(dialogue) {
      await dialogue.send(text(part, { rsv: RSV1 }))
      if (await dialogue.isAnswered()) await dialogue.send(close(1000))
    },
    strict: [],
    ending: failure(1002, 1007),
    tolerated: { strict: [textEcho(inflate(part))], ending: NORMAL },
    deflate: DEFLATE,
  }
}

/** RFC 6455 section 8.1: characters at every place, and cut at every place. */
function characters(): Case[] {
  const places = Array.from({ length: 80 }, (_, at) => text(`${'a'.repeat(at)}é${'z'.repeat(79 - at)}`))
  const cuts = ['é', '€', '𤭢'].flatMap((character) => {
    const bytes = Buffer.from(`a${character}`)
    return Array.from(
      { length: bytes.length - 2 },
      (_, at) => [bytes.subarray(0, at + 2), bytes.subarray(at + 2)] as const,
    )
  })
  return [
    answered('100.7.1', 'a character of two bytes at every place of a text', places, places.map(echoOf)),
    answered(
      '100.7.2',
      'characters of two to four bytes, cut between fragments',
      cuts.flatMap(([first, last]) => [text(first, more), continuation(last)]),
      cuts.map((both) => textEcho(Buffer.concat(both))),
    ),
    ...cuts.map(([first, last], at) =>
      failed(
        `100.7.${at + 3}`,
        `fragments that end after ${first.length - 1} of ${first.length + last.length - 1} bytes`,
        [text('fine', more), continuation(first)],
        { codes: [1007] },
      ),
    ),
  ]
}

/** The compressor of the runner refers back as far as the agreement allows. */
function again(number: string, title: string): Case {
  return {
    number,
    title,
    async script(dialogue) {
      await dialogue.send([text(dialogue.deflate(HELLO), { rsv: RSV1 }), text(dialogue.deflate(HELLO), { rsv: RSV1 })])
    },
    strict: [textEcho(HELLO), textEcho(HELLO)],
    ending: NORMAL,
    deflate: DEFLATE,
  }
}

function dropTail(deflated: Buffer): Buffer {
  return deflated.subarray(0, -4)
}
