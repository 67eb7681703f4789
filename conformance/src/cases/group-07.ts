import { close, continuation, type Frame, ping, text } from '../wire/frame.ts'
import { type Case, type Ending, textEcho } from './case.ts'

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]
const UNDEFINED_CODES = [5000, 65_535]
const NOT_UTF8 = Buffer.concat([Buffer.from('κόσμε'), Buffer.from('eda080', 'hex'), Buffer.from('edited')])

/** The closing handshake (RFC 6455 sections 5.5.1 and 7). */
export const group07: readonly Case[] = [
  closing('7.1.1', 'message, then close', [text('Hello, world!')], clean(1000), {
    strict: [textEcho('Hello, world!')],
  }),
  closing('7.1.2', 'two close frames', [close(1000), close()]),
  closing('7.1.3', 'ping after close', [close(1000), ping()]),
  closing('7.1.4', 'text after close', [close(1000), text('too late')]),
  closing('7.1.5', 'close inside a message', [
    text('fragment1', { fin: false }),
    close(1000),
    continuation('fragment2'),
  ]),
  closing(
    '7.1.6',
    '256 KiB, a text, close, ping',
    [text('*'.repeat(262_144)), text('Hello, world!'), close(1000), ping()],
    clean(1000),
    { informational: true },
  ),
  closing('7.3.1', 'close without payload', [close()]),
  closing('7.3.2', 'close with a payload of one byte', [{ ...close(), payload: Buffer.from('a') }], refused(1002)),
  closing('7.3.3', 'close with a code', [close(1000)]),
  closing('7.3.4', 'close with a code and a reason', [close(1000, 'Hello, world!')]),
  closing('7.3.5', 'close with a reason of 123 bytes', [close(1000, '*'.repeat(123))]),
  closing('7.3.6', 'close with a reason of 124 bytes', [close(1000, '*'.repeat(124))], refused(1002)),
  closing('7.5.1', 'close with a reason that is not UTF-8', [close(1000, NOT_UTF8)], refused(1002, 1007)),
  ...VALID_CODES.map((code, index) =>
    closing(`7.7.${index + 1}`, `close with code ${code}`, [close(code)], clean(1000, code)),
  ),
  ...INVALID_CODES.map((code, index) =>
    closing(`7.9.${index + 1}`, `close with invalid code ${code}`, [close(code)], refused(1002)),
  ),
  ...UNDEFINED_CODES.map((code, index) =>
    closing(`7.13.${index + 1}`, `close with undefined code ${code}`, [close(code)], refused(1000, 1002, code), {
      informational: true,
    }),
  ),
]

/** A closing handshake to its end. */
function clean(...codes: number[]): Ending {
  return { by: 'us', codes, clean: true, strictCode: true }
}

/** An illegal close frame: the testee may answer it with an error code or drop the connection. */
function refused(...codes: number[]): Ending {
  return { by: 'us', codes, clean: false, strictCode: true, needsCode: true }
}

function closing(
  number: string,
  title: string,
  frames: readonly Frame[],
  ending: Ending = clean(1000),
  extras: Partial<Pick<Case, 'strict' | 'informational'>> = {},
): Case {
  return { number, title, script: (dialogue) => dialogue.send(frames), strict: [], ending, ...extras }
}
