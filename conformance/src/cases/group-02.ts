import { ping, pong } from '../wire/frame.ts'
import { answered, type Case, failed, pongFor } from './case.ts'

const LONGEST = Buffer.alloc(125, 0xfe)
const BYTES = Buffer.from('00fffefdfcfb00ff', 'hex')
const TEN = Array.from({ length: 10 }, (_, index) => `payload-${index}`)

/** Pings and pongs (RFC 6455 sections 5.5.2 and 5.5.3). */
export const group02: readonly Case[] = [
  answered('2.1', 'ping without payload', [ping()], [pongFor()]),
  answered('2.2', 'ping with a text', [ping('Hello, world!')], [pongFor('Hello, world!')]),
  answered('2.3', 'ping with bytes that are not UTF-8', [ping(BYTES)], [pongFor(BYTES)]),
  answered('2.4', 'ping with 125 bytes', [ping(LONGEST)], [pongFor(LONGEST)]),
  failed('2.5', 'ping with 126 bytes', [ping(Buffer.alloc(126, 0xfe))]),
  answered('2.6', 'ping with 125 bytes, byte by byte', [ping(LONGEST)], [pongFor(LONGEST)], { chop: 1 }),
  answered('2.7', 'unsolicited pong without payload', [pong()], []),
  answered('2.8', 'unsolicited pong with payload', [pong('unsolicited')], []),
  answered('2.9', 'unsolicited pong, then a ping', [pong('unsolicited'), ping('wanted')], [pongFor('wanted')]),
  answered(
    '2.10',
    'ten pings',
    TEN.map((payload) => ping(payload)),
    TEN.map(pongFor),
  ),
  answered(
    '2.11',
    'ten pings, byte by byte',
    TEN.map((payload) => ping(payload)),
    TEN.map(pongFor),
    { chop: 1 },
  ),
]
