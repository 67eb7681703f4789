import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

/** How one direction of a connection compresses (RFC 7692 section 7.1). */
export interface DeflateSettings {
  /** Base-2 logarithm of the LZ77 window, 8 to 15. */
  readonly windowBits: number
  /** Whether a message may refer back to the messages before it. */
  readonly contextTakeover: boolean
}

/** Turns the payload of one message into another. Throws what zlib throws. */
export type MessageTransform = (payload: Buffer) => Buffer

/** What a sender removes from a message and a receiver puts back (RFC 7692 sections 7.2.1 and 7.2.2). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])

/**
 * Compresses one message after the other (RFC 7692 section 7.2.1).
 * Each message is a fresh zlib call, primed with what went before: there is no stream whose state could be wrong.
 */
export function createDeflater(settings: DeflateSettings): MessageTransform {
  const history = createHistory(settings)
  return function deflate(payload) {
    // zlib writes nothing at all for no input; section 7.2.3.6 wants one empty block.
    if (payload.length === 0) return Buffer.from([0x00])
    const compressed = deflateRawSync(payload, {
      windowBits: settings.windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...history.asDictionary(),
    })
    history.add(payload)
    return compressed.subarray(0, compressed.length - TAIL.length)
  }
}

/** Inflates one message after the other (RFC 7692 section 7.2.2) and refuses to look back past the agreed window. */
export function createInflater(settings: DeflateSettings): MessageTransform {
  const history = createHistory(settings)
  return function inflate(payload) {
    const inflated = inflateRawSync(Buffer.concat([payload, TAIL]), {
      windowBits: settings.windowBits,
      finishFlush: constants.Z_SYNC_FLUSH,
      // zlib sees a distance beyond the window only once it has to leave its output buffer, so that one is kept small.
      ...(settings.windowBits < 15 && { chunkSize: constants.Z_MIN_CHUNK }),
      ...history.asDictionary(),
    })
    history.add(inflated)
    return inflated
  }
}

/** The last bytes of all messages so far, as many as the window holds. */
function createHistory(settings: DeflateSettings) {
  const size = 2 ** settings.windowBits
  let recent: Buffer = Buffer.alloc(0)
  return {
    add(payload: Buffer): void {
      if (settings.contextTakeover) recent = Buffer.concat([recent, payload.subarray(-size)]).subarray(-size)
    },
    asDictionary(): { dictionary?: Buffer } {
      return recent.length === 0 ? {} : { dictionary: recent }
    },
  }
}
