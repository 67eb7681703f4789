import type { MessageCodec } from '../connection/codec.ts'
import type { ReadingRules } from '../connection/reading.ts'
import type { MessageSettings } from '../upgrade/message-settings.ts'
import type { CodecOption, MessageChecks } from './message-options.ts'
import { RouteCodecs } from './route-codecs.ts'

/** What the options of a route say of its messages, besides their schemas. */
export interface RouteMessageOptions extends Omit<ReadingRules, 'check' | 'maxDepth'> {
  readonly limits: Pick<ReadingRules, 'maxDepth'>
  readonly subprotocols: readonly string[]
  readonly codec: CodecOption
}

/** How the connections of a route read and write. */
export class RouteMessages implements MessageSettings {
  readonly rules: ReadingRules
  readonly checkSent: MessageSettings['checkSent']
  readonly codecs: RouteCodecs

  /** @throws SluiceError `ERR_INVALID_OPTION` for a codec of a subprotocol that the route does not speak */
  constructor(options: RouteMessageOptions, checks: MessageChecks) {
    const { onWrongType, onInvalidJson, onInvalidMessage, limits, codec, subprotocols } = options
    this.rules = { onWrongType, onInvalidJson, onInvalidMessage, maxDepth: limits.maxDepth, check: checks.received }
    this.checkSent = checks.sent
    this.codecs = new RouteCodecs(codec, subprotocols)
  }

  codecOf(subprotocol: string | null): MessageCodec {
    return this.codecs.of(subprotocol)
  }
}
