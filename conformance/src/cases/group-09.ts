import type { RoundTrip } from '../dialogue.ts'
import { type Case, NORMAL } from './case.ts'

const KIB = 1_024
const MIB = 1_024 * KIB
const PATTERN = { text: 'BAsd7&jh23', binary: Buffer.from('00fe23faf0', 'hex') }

/** Limits and performance: large messages, many fragments, small pieces, many round trips. */
export function group09(roundTrips: number): Case[] {
  return [
    ...sizes('9.1', 'text'),
    ...sizes('9.2', 'binary'),
    ...fragmentSizes('9.3', 'text'),
    ...fragmentSizes('9.4', 'binary'),
    ...chopSizes('9.5', 'text'),
    ...chopSizes('9.6', 'binary'),
    ...trips('9.7', 'text', roundTrips),
    ...trips('9.8', 'binary', roundTrips),
  ]
}

type Type = RoundTrip['type']

function sizes(section: string, type: Type): Case[] {
  return [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB].map((size, index) =>
    echoed(`${section}.${index + 1}`, `${type} of ${size} bytes`, () => ({ type, payload: payloadOf(type, size) })),
  )
}

function fragmentSizes(section: string, type: Type): Case[] {
  return Array.from({ length: 9 }, (_, index) => {
    const fragmentSize = 64 * 4 ** index
    return echoed(`${section}.${index + 1}`, `${type} of 4 MiB in fragments of ${fragmentSize}`, () => ({
      type,
      payload: Buffer.alloc(4 * MIB, '*'),
      fragmentSize,
    }))
  })
}

function chopSizes(section: string, type: Type): Case[] {
  return Array.from({ length: 6 }, (_, index) => {
    const chop = 64 * 2 ** index
    return echoed(`${section}.${index + 1}`, `${type} of 1 MiB in chops of ${chop}`, () => ({
      type,
      payload: payloadOf(type, MIB),
      chop,
    }))
  })
}

function trips(section: string, type: Type, count: number): Case[] {
  return [0, 16, 64, 256, KIB, 4 * KIB].map((size, index) =>
    echoed(`${section}.${index + 1}`, `round trips of a ${type} of ${size} bytes`, () => ({
      type,
      payload: Buffer.alloc(size, type === 'text' ? '*' : 0xfe),
      count,
    })),
  )
}

/** The payload is made when the case runs, so that not all of them are in memory at once. */
function echoed(number: string, title: string, make: () => RoundTrip & { count?: number }): Case {
  return {
    number,
    title,
    async script(dialogue) {
      const { count = 1, ...message } = make()
      for (let trip = 0; trip < count; trip++) await dialogue.roundTrip(message)
    },
    strict: [],
    ending: NORMAL,
  }
}

function payloadOf(type: Type, size: number): Buffer {
  return Buffer.alloc(size, PATTERN[type])
}
