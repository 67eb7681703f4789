import { jsonCodec, type MessageCodec } from '../connection/codec.ts'
import { toShownIssues } from '../connection/invalid-message.ts'
import type { MessageCheck } from '../connection/message-check.ts'
import { binaryJsonReading, type Reading, type ReadingRules, valueReading } from '../connection/reading.ts'
import type { Sendable } from '../connection/sendable.ts'
import { InvalidMessageError, SluiceError } from '../errors.ts'

/** How the connections of a route read and write values. */
export interface MessageSettings {
  readonly rules: ReadingRules
  /** Validates what is sent, unless that is switched off. */
  readonly checkSent: MessageCheck | null
  codecOf(subprotocol: string | null): MessageCodec
}

/**
 * The reading of `receiveJson` and `iterJson`.
 * @throws SluiceError `ERR_INVALID_OPTION` for a mode that there is not, or one beside a codec that decides the kind itself
 */
export function valueReadingOf(mode: unknown, codec: MessageCodec): Reading<unknown> {
  return isBinaryMode(mode, codec) ? binaryJsonReading : valueReading
}

/**
 * The message that `sendJson` makes of a value.
 * @throws SluiceError `ERR_INVALID_OPTION` as `valueReadingOf` does, `ERR_INVALID_PAYLOAD` for what the codec cannot hold
 * @throws InvalidMessageError
 */
export function encodeMessage(
  value: unknown,
  mode: unknown,
  codec: MessageCodec,
  check: MessageCheck | null,
): Sendable {
  const isBinary = isBinaryMode(mode, codec)
  const validation = check?.(value)
  if (validation?.ok === false) throw new InvalidMessageError('sent', toShownIssues(validation.issues))
  // What was given is sent and not what the schema made of it: switching the check off must not change a message.
  const payload = codec.encode(value)
  return isBinary ? Buffer.from(payload as string) : payload
}

function isBinaryMode(mode: unknown, codec: MessageCodec): boolean {
  if (mode === undefined) return false
  if (mode !== 'text' && mode !== 'binary') {
    throw new SluiceError('ERR_INVALID_OPTION', `mode is 'text' or 'binary', got ${String(mode)}`)
  }
  if (codec !== jsonCodec) throw new SluiceError('ERR_INVALID_OPTION', `mode is for JSON, and not for ${codec.name}`)
  return mode === 'binary'
}
