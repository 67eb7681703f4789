import { binary, close, ping, RSV1, RSV2, RSV3, text } from '../wire/frame.ts'
import { type Case, failed, textEcho } from './case.ts'

const HELLO = 'Hello, world!'
const ECHO = { strict: [textEcho(HELLO)] }

/** Reserved bits without an extension that gives them a meaning (RFC 6455 section 5.2). The numbers in the titles are the three bits read as one number, RSV3 lowest. */
export const group03: readonly Case[] = [
  failed('3.1', 'text with RSV 1', [text(HELLO, { rsv: RSV3 })]),
  failed('3.2', 'text, text with RSV 2, ping', [text(HELLO), text(HELLO, { rsv: RSV2 }), ping()], ECHO),
  failed(
    '3.3',
    'text, text with RSV 3, ping, frame by frame',
    [text(HELLO), text(HELLO, { rsv: RSV2 | RSV3 }), ping()],
    {
      ...ECHO,
      chop: 'frame',
    },
  ),
  failed('3.4', 'text, text with RSV 4, ping, byte by byte', [text(HELLO), text(HELLO, { rsv: RSV1 }), ping()], {
    ...ECHO,
    chop: 1,
  }),
  failed('3.5', 'binary with RSV 5', [binary(Buffer.from('00fffefdfcfb00ff', 'hex'), { rsv: RSV1 | RSV3 })]),
  failed('3.6', 'ping with RSV 6', [ping(HELLO, { rsv: RSV1 | RSV2 })]),
  failed('3.7', 'close with RSV 7', [close(undefined, '', { rsv: RSV1 | RSV2 | RSV3 })]),
]
