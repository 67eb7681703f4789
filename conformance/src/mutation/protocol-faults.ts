import type { Role } from '../run.ts'

/** The case that catches a fault of `@sluice/protocol`, by the name of the fault. */
const CAUGHT_BY: Readonly<Record<string, string>> = {
  'a server takes frames without a mask, and a client with one': '100.1.1',
  'RSV2 is taken': '3.2',
  'RSV3 is taken': '3.1',
  'RSV1 is taken without compression': '3.4',
  'RSV1 is taken on a control frame': '100.6.2',
  'RSV1 is taken on a continuation': '100.6.1',
  'opcode 11 is taken for a close frame': '4.2.1',
  'opcode 3 is taken for data': '4.1.1',
  'a control frame may be fragmented': '5.1',
  'a control frame may be longer than 125 bytes': '2.5',
  'a continuation may begin a message': '5.9',
  'a message may begin inside another': '5.18',
  'lengths need not be minimal': '100.2.1',
  'a 16-bit length of 126 is not minimal': '1.1.3',
  'the highest bit of a 64-bit length may be set': '100.2.3',
  'a length of 126 is read as a 64-bit length': '1.1.3',
  'a length of 125 is read as a 16-bit length': '1.1.2',
  'a payload of 126 bytes is sent with a 7-bit length': '1.1.3',
  'a payload of 65,536 bytes is sent with a 16-bit length': '1.1.7',
  'the masking key begins anew with each chunk': '5.5',
  'large payloads are unmasked with the key at a wrong alignment': '100.3.1',
  'the last bytes of a small payload stay masked': '100.7.1',
  'some text that is not ASCII is taken for ASCII': '100.7.1',
  'a header cut between chunks is forgotten': '5.5',
  'a control frame ends the message around it': '5.6',
  'text is not checked': '6.3.1',
  'text in fragments is not checked': '6.3.2',
  'each fragment of text must end with a whole character': '6.2.3',
  'a message in fragments may end inside a character': '100.7.3',
  'characters of four bytes may not be cut after the third': '100.7.2',
  'close code 1005 is taken from the wire, and sent': '7.9.5',
  'close code 1015 is taken from the wire, and sent': '100.4.4',
  'close code 5000 is taken from the wire, and sent': '7.13.1',
  'close code 3000 is refused': '7.7.10',
  'a close frame of one byte counts as empty': '7.3.2',
  'a close reason is not checked': '7.5.1',
  'inflated text is not checked': '100.6.5',
  'compressed data may be cut short': '100.6.6',
  'what was inflated is not remembered': '100.5.3',
  'the compressor remembers without context takeover': '13.2.2',
  'the compressor looks back further than agreed': '13.3.5',
  'the window of the client is named without an offer': '100.5.1',
  'the answer to a key is wrong': '1.1.1',
}

/** Faults that show in the role of the client alone: there the testee waits for the server to end the connection. */
const CAUGHT_AS_CLIENT: Readonly<Record<string, string>> = {
  'messages after a close frame are told': '7.1.4',
  'messages after a failure are told': '3.2',
}

/** What no case asks: the limits are wide open, no reason is given, and only good handshakes are made. */
export const UNSEEN: ReadonlySet<string> = new Set([
  'fragments are not limited',
  'fragments are counted over all messages',
  'empty fragments are not counted',
  'one fragment too many is taken',
  'the message limit is applied to each fragment alone',
  'one byte too many is taken',
  'a message may inflate to any size',
  'a close reason is cut inside a character',
  'window bits may have a leading zero',
  'version 8 is taken',
  'a key of any length is taken',
  'two Host headers are taken',
  'a body is taken',
  'a subprotocol may be offered twice',
  'a client takes any answer to its key',
  'a client takes a subprotocol that it did not offer',
])

/** The cases that catch faults, by the role of the testee. */
export const CATCHING: Readonly<Record<Role, readonly string[]>> = {
  server: Object.values(CAUGHT_BY),
  client: Object.values(CAUGHT_AS_CLIENT),
}

/** The case that must catch a fault, and the role of the testee in it. */
export function caughtBy(fault: string): readonly [number: string, role: Role] | undefined {
  const [asServer, asClient] = [CAUGHT_BY[fault], CAUGHT_AS_CLIENT[fault]]
  if (asServer !== undefined) return [asServer, 'server']
  return asClient === undefined ? undefined : [asClient, 'client']
}
