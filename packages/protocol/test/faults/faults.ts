import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One way to get the protocol wrong, as a replacement in the source of this package. */
export interface Fault {
  readonly name: string
  /** Below `src`. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
}

/** Each can be seen from outside, by an endpoint that only exchanges bytes with this one. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'a server takes frames without a mask, and a client with one',
    file: 'frame-rules.ts',
    from: "header.masked !== (context.role === 'server')",
    to: 'false',
  },
  {
    name: 'RSV2 is taken',
    file: 'frame-rules.ts',
    from: 'header.rsv2 || header.rsv3',
    to: 'header.rsv3',
  },
  {
    name: 'RSV3 is taken',
    file: 'frame-rules.ts',
    from: 'header.rsv2 || header.rsv3',
    to: 'header.rsv2',
  },
  {
    name: 'RSV1 is taken without compression',
    file: 'frame-rules.ts',
    from: ' || (header.rsv1 && !context.deflate)',
    to: '',
  },
  {
    name: 'RSV1 is taken on a control frame',
    file: 'frame-rules.ts',
    from: '  if (header.rsv1) return failures.ERR_MISPLACED_COMPRESSION\n',
    to: '',
  },
  {
    name: 'RSV1 is taken on a continuation',
    file: 'frame-rules.ts',
    from: 'if (isContinuation && header.rsv1)',
    to: 'if (false)',
  },
  {
    name: 'opcode 11 is taken for a close frame',
    file: 'opcode.ts',
    from: 'opcode <= Opcode.PONG',
    to: 'opcode <= 0xb',
  },
  {
    name: 'opcode 3 is taken for data',
    file: 'opcode.ts',
    from: 'opcode <= Opcode.BINARY',
    to: 'opcode <= 0x3',
  },
  {
    name: 'a control frame may be fragmented',
    file: 'frame-rules.ts',
    from: 'if (!header.fin) return',
    to: 'if (false) return',
  },
  {
    name: 'a control frame may be longer than 125 bytes',
    file: 'frame-rules.ts',
    from: 'if (header.lengthBytes !== 0) return',
    to: 'if (false) return',
  },
  {
    name: 'a continuation may begin a message',
    file: 'frame-rules.ts',
    from: 'if (isContinuation && !context.fragmented)',
    to: 'if (false)',
  },
  {
    name: 'a message may begin inside another',
    file: 'frame-rules.ts',
    from: 'if (!isContinuation && context.fragmented)',
    to: 'if (false)',
  },
  {
    name: 'lengths need not be minimal',
    file: 'frame-rules.ts',
    from: 'if (payloadLength < (lengthBytes === 2 ? 126 : 65_536))',
    to: 'if (false)',
  },
  {
    name: 'a 16-bit length of 126 is not minimal',
    file: 'frame-rules.ts',
    from: 'lengthBytes === 2 ? 126 :',
    to: 'lengthBytes === 2 ? 127 :',
  },
  {
    name: 'the highest bit of a 64-bit length may be set',
    file: 'frame-rules.ts',
    from: 'if (payloadLength >= 2 ** 63)',
    to: 'if (false)',
  },
  {
    name: 'a length of 126 is read as a 64-bit length',
    file: 'frame-header.ts',
    from: 'shortLength === 126 ? 2 : 8',
    to: 'shortLength === 127 ? 2 : 8',
  },
  {
    name: 'a length of 125 is read as a 16-bit length',
    file: 'frame-header.ts',
    from: 'shortLength < 126 ? 0 :',
    to: 'shortLength < 125 ? 0 :',
  },
  {
    name: 'a payload of 126 bytes is sent with a 7-bit length',
    file: 'frame-header.ts',
    from: '  if (payloadLength < 126) {',
    to: '  if (payloadLength < 127) {',
  },
  {
    name: 'a payload of 65,536 bytes is sent with a 16-bit length',
    file: 'frame-header.ts',
    from: '  } else if (payloadLength < 65_536) {',
    to: '  } else if (payloadLength <= 65_536) {',
  },
  {
    name: 'the masking key begins anew with each chunk',
    file: 'frame-reader.ts',
    from: 'rotateKey(maskingKey, payloadLength - this.missing)',
    to: 'maskingKey',
  },
  {
    name: 'large payloads are unmasked with the key at a wrong alignment',
    file: 'mask.ts',
    from: 'const rotated = rotateKey(key, aligned - start)\n  const half',
    to: 'const rotated = key\n  const half',
  },
  {
    name: 'the last bytes of a small payload stay masked',
    file: 'mask.ts',
    from: '  wordUnion |= maskBytes(bytes, lastWord << 2, end, rotated)\n',
    to: '',
  },
  {
    name: 'some text that is not ASCII is taken for ASCII',
    file: 'mask.ts',
    from: 'wordUnion & 0x80808080',
    to: 'wordUnion & 0x80808000',
  },
  {
    name: 'a header cut between chunks is forgotten',
    file: 'frame-reader.ts',
    from: 'const joined = Buffer.concat([known, this.chunk',
    to: 'const joined = Buffer.concat([this.chunk',
  },
  {
    name: 'a control frame ends the message around it',
    file: 'receiver.ts',
    from: '    if (header.opcode === Opcode.PING) this.#sink',
    to: '    this.#assembly = undefined\n    if (header.opcode === Opcode.PING) this.#sink',
  },
  {
    name: 'fragments are not limited',
    file: 'receiver.ts',
    from: '++assembly.fragments > this.#maxFragments',
    to: 'false',
  },
  {
    name: 'fragments are counted over all messages',
    file: 'receiver.ts',
    from: '++assembly.fragments > this.#maxFragments',
    to: '(globalThis.fragments = (globalThis.fragments ?? 1) + 1) > this.#maxFragments',
  },
  {
    name: 'empty fragments are not counted',
    file: 'receiver.ts',
    from: '++assembly.fragments >',
    to: '(header.payloadLength > 0 ? ++assembly.fragments : 0) >',
  },
  {
    name: 'one fragment too many is taken',
    file: 'receiver.ts',
    from: '++assembly.fragments >',
    to: 'assembly.fragments++ >',
  },
  {
    name: 'the message limit is applied to each fragment alone',
    file: 'receiver.ts',
    from: 'header.payloadLength + (assembly?.length ?? 0)',
    to: 'header.payloadLength',
  },
  {
    name: 'one byte too many is taken',
    file: 'receiver.ts',
    from: ': this.#maxMessageSize\n  }',
    to: ': this.#maxMessageSize + 1\n  }',
  },
  {
    name: 'text is not checked',
    file: 'receiver.ts',
    from: 'else if (isUtf8(chunk.subarray(start, end)))',
    to: 'else if (true)',
  },
  {
    name: 'text in fragments is not checked',
    file: 'receiver.ts',
    from: '&& !assembly.isText(isWhole)',
    to: '&& false',
  },
  {
    name: 'each fragment of text must end with a whole character',
    file: 'message-assembly.ts',
    from: 'return isWhole ?',
    to: 'return true ?',
  },
  {
    name: 'a message in fragments may end inside a character',
    file: 'message-assembly.ts',
    from: 'return isWhole ?',
    to: 'return false ?',
  },
  {
    name: 'characters of four bytes may not be cut after the third',
    file: 'utf8.ts',
    from: 'Math.max(start, end - 3)',
    to: 'Math.max(start, end - 2)',
  },
  {
    name: 'close code 1005 is taken from the wire, and sent',
    file: 'close-code.ts',
    from: 'code >= 1007',
    to: 'code >= 1005',
  },
  {
    name: 'close code 1015 is taken from the wire, and sent',
    file: 'close-code.ts',
    from: 'code <= 1014',
    to: 'code <= 1015',
  },
  {
    name: 'close code 5000 is taken from the wire, and sent',
    file: 'close-code.ts',
    from: 'code <= 4999',
    to: 'code <= 5000',
  },
  {
    name: 'close code 3000 is refused',
    file: 'close-code.ts',
    from: 'code >= 3000',
    to: 'code >= 3001',
  },
  {
    name: 'a close frame of one byte counts as empty',
    file: 'close-payload.ts',
    from: 'if (payload.length === 0) return',
    to: 'if (payload.length <= 1) return',
  },
  {
    name: 'a close reason is not checked',
    file: 'close-payload.ts',
    from: 'if (!isUtf8(reason))',
    to: 'if (false)',
  },
  {
    name: 'a close reason is cut inside a character',
    file: 'close-payload.ts',
    from: '  while (end < bytes.length && isContinuationByte(bytes[end])) end--\n',
    to: '',
  },
  {
    name: 'messages after a close frame are told',
    file: 'receiver.ts',
    from: '      this.stop()\n      this.#sink.receiverOnClose',
    to: '      this.#sink.receiverOnClose',
  },
  {
    name: 'messages after a failure are told',
    file: 'receiver.ts',
    from: '    this.stop()\n    this.#sink.receiverOnFailure',
    to: '    this.#sink.receiverOnFailure',
  },
  {
    name: 'inflated text is not checked',
    file: 'receiver.ts',
    from: 'else if (isUtf8(result.data))',
    to: 'else if (true)',
  },
  {
    name: 'a message may inflate to any size',
    file: 'deflate/inflater.ts',
    from: 'maxOutputLength: maxLength, ',
    to: '',
  },
  {
    name: 'compressed data may be cut short',
    file: 'deflate/inflater.ts',
    from: 'const isWhole = STOPS',
    to: 'const isWhole = true || STOPS',
  },
  {
    name: 'what was inflated is not remembered',
    file: 'deflate/inflater.ts',
    from: '    if (result.ok) this.#window?.push(result.data)\n',
    to: '',
  },
  {
    name: 'the compressor remembers without context takeover',
    file: 'deflate/deflater.ts',
    from: 'contextTakeover ? new SlidingWindow',
    to: 'true ? new SlidingWindow',
  },
  {
    name: 'the compressor looks back further than agreed',
    file: 'deflate/deflater.ts',
    from: 'Math.max(windowBits, MIN_WINDOW_BITS)',
    to: '15',
  },
  {
    name: 'the window of the client is named without an offer',
    file: 'deflate/deflate-negotiation.ts',
    from: '...(isClientWindowOffered ? {',
    to: '...(true ? {',
  },
  {
    name: 'window bits may have a leading zero',
    file: 'deflate/deflate-negotiation.ts',
    from: '/^(?:[89]|',
    to: '/^(?:0?[89]|',
  },
  {
    name: 'version 8 is taken',
    file: 'handshake/server-handshake.ts',
    from: "values('sec-websocket-version').join() !== '13'",
    to: "!/^(?:8|13)$/.test(values('sec-websocket-version').join())",
  },
  {
    name: 'a key of any length is taken',
    file: 'handshake/handshake-key.ts',
    from: '{22}==$/',
    to: '*=*$/',
  },
  {
    name: 'two Host headers are taken',
    file: 'handshake/server-handshake.ts',
    from: "values('host').length !== 1 ||",
    to: "values('host').length === 0 ||",
  },
  {
    name: 'a body is taken',
    file: 'handshake/server-handshake.ts',
    from: "if (fields.has('content-length') || fields.has('transfer-encoding'))",
    to: 'if (false)',
  },
  {
    name: 'a subprotocol may be offered twice',
    file: 'handshake/subprotocols.ts',
    from: ' && new Set(names).size === names.length',
    to: '',
  },
  {
    name: 'the answer to a key is wrong',
    file: 'handshake/handshake-key.ts',
    from: '258EAFA5',
    to: '258EAFA6',
  },
  {
    name: 'a client takes any answer to its key',
    file: 'handshake/client-handshake.ts',
    from: "if (values('sec-websocket-accept').join() !== acceptValueOf(key))",
    to: 'if (false)',
  },
  {
    name: 'a client takes a subprotocol that it did not offer',
    file: 'handshake/client-handshake.ts',
    from: 'if (!isOffered || ',
    to: 'if (',
  },
]

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))

/**
 * Writes a copy of this package's `src` with the fault into a new temporary directory, which the caller removes.
 *
 * @returns The path of the directory; its `index.ts` can be imported.
 */
export function buildFaultyCopy({ file, from, to }: Fault): string {
  const parts = readFileSync(join(SOURCE, file), 'utf8').split(from)
  if (parts.length !== 2) throw new Error(`'${from}' stands ${parts.length - 1} times in ${file}`)
  const directory = mkdtempSync(join(tmpdir(), 'protocol-fault-'))
  cpSync(SOURCE, directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(directory, file), parts.join(to))
  return directory
}
