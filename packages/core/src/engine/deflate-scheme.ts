import { acceptDeflate, type DeflateAgreement, Deflater, type Extension, Inflater } from '@sluice/protocol'
import type { CompressionSettings } from '../connection/limits.ts'

/** How one connection compresses: what was negotiated, and the tools for it. */
export interface DeflateScheme {
  /** Messages below this many bytes are sent as they are. */
  readonly threshold: number
  /** The most bytes that a message may inflate to. */
  readonly maxInflatedSize: number
  readonly response: Extension
  readonly deflater: Deflater
  readonly inflater: Inflater
  /** Whether frames of a prepared message can be shared: only without context takeover. */
  readonly isShared: boolean
  /** Equal for connections whose frames are the same. */
  readonly key: string
}

/** Negotiates permessage-deflate, or answers null. Connections without context takeover share one deflater and one inflater of each kind. */
export function negotiateDeflate(offers: readonly Extension[], settings: CompressionSettings): DeflateScheme | null {
  const { threshold, maxInflatedSize, contextTakeover, serverMaxWindowBits, clientMaxWindowBits } = settings
  const accepted = acceptDeflate(offers, {
    serverContextTakeover: contextTakeover,
    clientContextTakeover: contextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
  })
  if (accepted === undefined) return null
  const { agreement, response } = accepted
  const key = `${agreement.serverMaxWindowBits} ${settings.level} ${settings.memLevel}`
  return {
    threshold,
    maxInflatedSize,
    response,
    deflater: deflaterOf(agreement, settings, key),
    inflater: inflaterOf(agreement, settings),
    isShared: !agreement.serverContextTakeover,
    key,
  }
}

const sharedDeflaters = new Map<string, Deflater>()
const sharedInflaters = new Map<string, Inflater>()

function deflaterOf(
  agreement: DeflateAgreement,
  { level, memLevel, concurrency }: CompressionSettings,
  key: string,
): Deflater {
  const { serverMaxWindowBits: windowBits, serverContextTakeover: contextTakeover } = agreement
  const create = () => new Deflater({ windowBits, contextTakeover, level, memLevel, concurrency })
  return contextTakeover ? create() : shared(sharedDeflaters, `${key} ${concurrency}`, create)
}

function inflaterOf(agreement: DeflateAgreement, { concurrency }: CompressionSettings): Inflater {
  const { clientMaxWindowBits: windowBits, clientContextTakeover: contextTakeover } = agreement
  const create = () => new Inflater({ windowBits, contextTakeover, concurrency })
  return contextTakeover ? create() : shared(sharedInflaters, `${windowBits} ${concurrency}`, create)
}

function shared<Key, Value>(known: Map<Key, Value>, key: Key, create: () => Value): Value {
  const value = known.get(key) ?? create()
  known.set(key, value)
  return value
}
