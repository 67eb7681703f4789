import { binary, type Frame, text } from '../wire/frame.ts'
import { answered, type Case, echoOf } from './case.ts'

const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536]

/** Framing: whole messages around the borders of the three length forms (RFC 6455 section 5.2). */
export const group01: readonly Case[] = [
  ...messages('1.1', 'text', (size) => text('*'.repeat(size))),
  ...messages('1.2', 'binary', (size) => binary(Buffer.alloc(size, 0xfe))),
]

function messages(section: string, type: string, frameOf: (size: number) => Frame): Case[] {
  const whole = SIZES.map((size, index) => echoed(`${section}.${index + 1}`, `${type} of ${size} bytes`, frameOf(size)))
  const title = `${type} of 65536 bytes in chops of 997`
  return [...whole, answered(`${section}.8`, title, [frameOf(65_536)], [echoOf(frameOf(65_536))], { chop: 997 })]
}

function echoed(number: string, title: string, frame: Frame): Case {
  return answered(number, title, [frame], [echoOf(frame)])
}
