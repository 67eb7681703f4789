import type { DeflateParameters } from '../wire/negotiation.ts'
import { type Case, type DeflateWish, NORMAL } from './case.ts'
import { createTestData, type TestData } from './test-data.ts'

/** Payload size and fragment size (none by default) of the eighteen cases of every section. */
const MESSAGES: readonly (readonly [size: number, fragmentSize?: number])[] = [
  ...[16, 64, 256, 1_024, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072].map((size) => [size] as const),
  ...[8_192, 16_384, 32_768, 65_536, 131_072].map((size) => [size, 256] as const),
  ...[1_024, 4_096, 32_768].map((fragmentSize) => [131_072, fragmentSize] as const),
]

/** What a client says when it asks for nothing and would accept everything. */
const OPEN_OFFER: DeflateParameters = { clientNoContextTakeover: true, clientMaxWindowBits: true }

/** What is asked of the testee's compressor in the seven sections of group 13, the first choice first. */
const WISHES: readonly (readonly Wish[])[] = [
  [{}],
  [{ noContextTakeover: true }],
  [{ windowBits: 8 }],
  [{ windowBits: 15 }],
  [{ noContextTakeover: true, windowBits: 8 }],
  [{ noContextTakeover: true, windowBits: 15 }],
  [{ noContextTakeover: true, windowBits: 8 }, { noContextTakeover: true }, {}],
]

interface Wish {
  readonly noContextTakeover?: true
  readonly windowBits?: number
}

/** How many messages a case sends, given their size. */
export type MessageCount = (size: number) => number

/** Compression with the default offer, over five kinds of data (RFC 7692). */
export function group12(count: MessageCount): Case[] {
  return createTestData().flatMap((data, index) => section(`12.${index + 1}`, data, wishOf([{}]), count, ''))
}

/** Compression of one kind of data under seven sets of parameters (RFC 7692 section 7.1). */
export function group13(count: MessageCount): Case[] {
  const [data] = createTestData()
  if (data === undefined) throw new Error('there is no test data')
  return WISHES.flatMap((wishes, index) => section(`13.${index + 1}`, data, wishOf(wishes), count, describe(wishes)))
}

function section(number: string, data: TestData, deflate: DeflateWish, count: MessageCount, suffix: string): Case[] {
  return MESSAGES.map(([size, fragmentSize], index) => ({
    number: `${number}.${index + 1}`,
    title: `${data.title} in messages of ${size} bytes${fragmentSize ? ` in fragments of ${fragmentSize}` : ''}${suffix}`,
    async script(dialogue) {
      for (let at = 0; at < count(size); at++) {
        await dialogue.roundTrip({
          type: data.type,
          payload: slice(data.bytes, at * size, size),
          ...(fragmentSize !== undefined && { fragmentSize }),
        })
      }
    },
    strict: [],
    ending: NORMAL,
    deflate,
  }))
}

/** The wish as a client's offers, and as a server's answer to the client's. */
function wishOf(wishes: readonly Wish[]): DeflateWish {
  return {
    offers: wishes.map(({ noContextTakeover, windowBits }) => ({
      ...OPEN_OFFER,
      ...(noContextTakeover && { serverNoContextTakeover: true }),
      ...(windowBits !== undefined && { serverMaxWindowBits: windowBits }),
    })),
    choose(offers) {
      for (const { noContextTakeover, windowBits } of wishes) {
        // A server may limit the client's window only if the client says it can obey (RFC 7692 section 7.1.2.2).
        const offer = offers.find((each) => windowBits === undefined || each.clientMaxWindowBits !== undefined)
        if (offer === undefined) continue
        return {
          ...(offer.serverNoContextTakeover && { serverNoContextTakeover: true }),
          ...(offer.serverMaxWindowBits !== undefined && { serverMaxWindowBits: offer.serverMaxWindowBits }),
          ...(noContextTakeover && { clientNoContextTakeover: true }),
          ...(windowBits !== undefined && { clientMaxWindowBits: windowBits }),
        }
      }
      return undefined
    },
  }
}

function describe(wishes: readonly Wish[]): string {
  const each = wishes.map(({ noContextTakeover, windowBits }) =>
    [...(noContextTakeover ? ['no context takeover'] : []), ...(windowBits ? [`${windowBits} bits`] : [])].join(
      ' and ',
    ),
  )
  return each.every((wish) => wish === '')
    ? ''
    : `, asked for: ${each.map((wish) => wish || 'nothing').join(', else ')}`
}

/** `size` bytes from a position on, around the end. */
function slice(bytes: Buffer, from: number, size: number): Buffer {
  const start = from % bytes.length
  const tail = bytes.subarray(start, start + size)
  return tail.length === size ? tail : Buffer.concat([tail, bytes.subarray(0, size - tail.length)])
}
