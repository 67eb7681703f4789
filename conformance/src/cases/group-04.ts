import { type Frame, frame, ping, text } from '../wire/frame.ts'
import { type Case, failed, textEcho } from './case.ts'

const HELLO = 'Hello, world!'

/** Reserved opcodes (RFC 6455 section 5.2). */
export const group04: readonly Case[] = [...reserved('4.1', 3), ...reserved('4.2', 11)]

function reserved(section: string, opcode: number): Case[] {
  const between = (reserved: Frame) => [text(HELLO), reserved, ping()]
  const echo = { strict: [textEcho(HELLO)] }
  return [
    failed(`${section}.1`, `opcode ${opcode}`, [frame(opcode)]),
    failed(`${section}.2`, `opcode ${opcode + 1} with payload`, [frame(opcode + 1, 'reserved opcode')]),
    failed(`${section}.3`, `text, opcode ${opcode + 2}, ping`, between(frame(opcode + 2)), echo),
    failed(`${section}.4`, `text, opcode ${opcode + 3} with payload, ping`, between(frame(opcode + 3, HELLO)), echo),
    failed(`${section}.5`, `text, opcode ${opcode + 4}, ping, byte by byte`, between(frame(opcode + 4, HELLO)), {
      ...echo,
      chop: 1,
    }),
  ]
}
