import type { Clock } from '@sluice/core'
import { checkClosePayload, Opcode } from '@sluice/protocol'
import type { Recorder } from './recording/recorder.ts'

/** What is noted of a connection: a frame, bytes that the test wrote as they are, or the end of the stream. */
export type TranscriptKind = 'text' | 'binary' | 'continuation' | 'close' | 'ping' | 'pong' | 'reserved' | 'raw' | 'end'

/** One line of a transcript. */
export interface TranscriptEntry {
  /** Counts up over all connections of the process, so that transcripts can be merged. */
  readonly order: number
  /** Whose it is: the path, and its number where there are many. */
  readonly connection: string
  /** Milliseconds of the app's clock since the connection was opened. */
  readonly time: number
  readonly from: 'client' | 'server'
  readonly kind: TranscriptKind
  /** Of the payload, in bytes. */
  readonly length: number
  /** The payload, cut and escaped. */
  readonly text: string
}

const MOST_ENTRIES = 1_000
const SHOWN_ENTRIES = 20
const SHOWN_BYTES = 60

let lastOrder = 0

/** What has passed over one connection, frame by frame: the last 1,000 of them. */
export class Transcript {
  readonly #connection: string
  readonly #clock: Clock
  readonly #openedAt: number
  readonly #recorder: Recorder | null
  #entries: TranscriptEntry[] = []

  constructor(connection: string, clock: Clock, recorder: Recorder | null = null) {
    this.#connection = connection
    this.#clock = clock
    this.#openedAt = clock.now()
    this.#recorder = recorder
  }

  get entries(): readonly TranscriptEntry[] {
    return this.#entries
  }

  frame(from: 'client' | 'server', opcode: number, payload: Uint8Array): void {
    const kind = kindOf(opcode)
    this.#recorder?.frame(this.#elapsed(), from, kind, payload)
    this.#add(from, kind, payload.length, kind === 'close' ? shownClose(payload) : shownPayload(kind, payload))
  }

  /** Bytes that the test wrote as they are. */
  raw(bytes: Uint8Array): void {
    this.#recorder?.frame(this.#elapsed(), 'client', 'raw', bytes)
    this.#add('client', 'raw', bytes.length, shownBytes(bytes))
  }

  end(): void {
    this.#add('server', 'end', 0, '')
    this.#recorder?.end(this.#elapsed())
  }

  /** The last frames, one a line, for the message of an error. */
  toString(): string {
    return formatTranscript(this.#entries)
  }

  #add(from: 'client' | 'server', kind: TranscriptKind, length: number, text: string): void {
    if (this.#entries.length >= 2 * MOST_ENTRIES) this.#entries = this.#entries.slice(-MOST_ENTRIES)
    const time = this.#elapsed()
    this.#entries.push({ order: ++lastOrder, connection: this.#connection, time, from, kind, length, text })
  }

  #elapsed(): number {
    return this.#clock.now() - this.#openedAt
  }
}

/** The last entries of a transcript, one a line, for people. @param most how many. @default 20 */
export function formatTranscript(entries: readonly TranscriptEntry[], most = SHOWN_ENTRIES): string {
  if (entries.length === 0) return 'no frame has passed'
  const shown = entries.slice(-most)
  const isMerged = shown.some(({ connection }) => connection !== shown[0]?.connection)
  const title =
    shown.length === entries.length ? 'what has passed' : `the last ${shown.length} of ${entries.length} frames`
  const lines = shown.map((entry) => `  ${isMerged ? `${entry.connection}: ` : ''}${lineOf(entry)}`)
  return `${title}, → to the server:\n${lines.join('\n')}`
}

/** The transcripts of several connections as one, in the order in which things happened. */
export function mergeTranscripts(transcripts: Iterable<readonly TranscriptEntry[]>): TranscriptEntry[] {
  return [...transcripts].flat().sort((a, b) => a.order - b.order)
}

export function kindOf(opcode: number): TranscriptKind {
  return KINDS[opcode] ?? 'reserved'
}

const KINDS: Readonly<Record<number, TranscriptKind>> = {
  [Opcode.CONTINUATION]: 'continuation',
  [Opcode.TEXT]: 'text',
  [Opcode.BINARY]: 'binary',
  [Opcode.CLOSE]: 'close',
  [Opcode.PING]: 'ping',
  [Opcode.PONG]: 'pong',
}

function lineOf({ time, from, kind, length, text }: TranscriptEntry): string {
  const size = length > SHOWN_BYTES ? ` (${length} bytes)` : ''
  return `${Math.round(time)} ms ${from === 'client' ? '→' : '←'} ${kind} ${text}${size}`.trimEnd()
}

function shownPayload(kind: TranscriptKind, payload: Uint8Array): string {
  if (kind !== 'text' && kind !== 'continuation') return shownBytes(payload)
  const text = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, SHOWN_BYTES)).toString()
  return JSON.stringify(payload.length > SHOWN_BYTES ? `${text}…` : text)
}

function shownBytes(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, SHOWN_BYTES / 3), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return bytes.length > SHOWN_BYTES / 3 ? `${hex} …` : hex
}

function shownClose(payload: Uint8Array): string {
  const verdict = checkClosePayload(Buffer.from(payload))
  if (!verdict.ok) return shownBytes(payload)
  const { code, reason } = verdict
  return reason === '' ? String(code) : `${code} ${JSON.stringify(reason)}`
}
