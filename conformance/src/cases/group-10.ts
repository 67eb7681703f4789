import { type Case, NORMAL } from './case.ts'

/** Fragments of an odd size, as a peer with automatic fragmentation sends them. */
export const group10: readonly Case[] = [
  {
    number: '10.1.1',
    title: 'text of 65536 bytes in fragments of 1300',
    script: (dialogue) => dialogue.roundTrip({ type: 'text', payload: Buffer.alloc(65_536, '*'), fragmentSize: 1_300 }),
    strict: [],
    ending: NORMAL,
  },
]
