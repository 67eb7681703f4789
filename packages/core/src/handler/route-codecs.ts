import { type LibraryCodec, loadCodec } from '../codecs/load-codec.ts'
import { type Codec, jsonCodec, type MessageCodec, strictCodec } from '../connection/codec.ts'
import { SluiceError } from '../errors.ts'
import type { CodecName, CodecOption } from './message-options.ts'

/** The codecs of a route: one, or one for each of some subprotocols and JSON for the rest. */
export class RouteCodecs {
  readonly #bySubprotocol = new Map<string, MessageCodec>()
  readonly #unloaded = new Map<string | null, LibraryCodec>()
  #others: MessageCodec = jsonCodec

  /** @throws SluiceError `ERR_INVALID_OPTION` for a codec of a subprotocol that the route does not speak */
  constructor(option: CodecOption, subprotocols: readonly string[]) {
    if (isOneCodec(option)) this.#add(null, option)
    else {
      for (const [subprotocol, codec] of Object.entries(option)) {
        assertSpoken(subprotocol, subprotocols)
        this.#add(subprotocol, codec)
      }
    }
  }

  /** Some need a library that is still to be loaded. */
  get isUnloaded(): boolean {
    return this.#unloaded.size > 0
  }

  /** @throws SluiceError `ERR_MISSING_PACKAGE` */
  async load(): Promise<void> {
    for (const [subprotocol, name] of this.#unloaded) this.#set(subprotocol, await loadCodec(name))
    this.#unloaded.clear()
  }

  /** The codec of a connection that chose this subprotocol. */
  of(subprotocol: string | null): MessageCodec {
    return (subprotocol !== null && this.#bySubprotocol.get(subprotocol)) || this.#others
  }

  #add(subprotocol: string | null, codec: CodecName | Codec): void {
    if (typeof codec === 'object') this.#set(subprotocol, strictCodec(codec))
    else if (codec === 'json') this.#set(subprotocol, jsonCodec)
    else this.#unloaded.set(subprotocol, codec)
  }

  #set(subprotocol: string | null, codec: MessageCodec): void {
    if (subprotocol === null) this.#others = codec
    else this.#bySubprotocol.set(subprotocol, codec)
  }
}

/** A codec has functions, and a table of codecs by subprotocol has none. */
function isOneCodec(option: CodecOption): option is CodecName | Codec {
  return typeof option === 'string' || typeof option.encode === 'function'
}

function assertSpoken(subprotocol: string, subprotocols: readonly string[]): void {
  if (subprotocols.includes(subprotocol)) return
  throw new SluiceError('ERR_INVALID_OPTION', `codec: '${subprotocol}' is not one of the route's subprotocols`)
}
