import { readFileSync } from 'node:fs'
import { TestClientError } from '../errors.ts'
import type { TranscriptKind } from '../transcript.ts'

/** What a recorded secret is replaced by. */
export const REDACTED = 'redacted'

const FORMAT = 'sluice-recording'
const VERSION = 1

/** One connection, as a file holds it. Fields may be added within a version. */
export interface Recording {
  readonly format: typeof FORMAT
  readonly version: typeof VERSION
  readonly request: { readonly target: string; readonly headers: RecordedHeaders }
  /** A body only where the handshake was denied. */
  readonly response: { readonly status: number; readonly headers: RecordedHeaders; readonly body?: unknown }
  readonly frames: readonly RecordedFrame[]
  /** When the stream ended, in milliseconds since the connection was opened. */
  readonly end: number
}

export type RecordedHeaders = Readonly<Record<string, string | readonly string[]>>

export interface RecordedFrame {
  /** Milliseconds of the app's clock since the connection was opened. */
  readonly time: number
  readonly from: 'client' | 'server'
  /** `raw` is bytes that are no frame of the client's own making. */
  readonly kind: TranscriptKind
  /** The payload where it is UTF-8. */
  readonly text?: string
  /** The payload where it is not. */
  readonly base64?: string
}

export function createRecording(parts: Omit<Recording, 'format' | 'version'>): Recording {
  return { format: FORMAT, version: VERSION, ...parts }
}

/** @throws TestClientError `ERR_INVALID_RECORDING` */
export function readRecording(file: string): Recording {
  const recording = parse(file)
  if (recording?.format !== FORMAT) throw invalid(file, 'is no recording')
  if (recording.version !== VERSION) throw invalid(file, `has version ${recording.version}, and ${VERSION} is known`)
  const { request, response, frames, end } = recording
  const isWhole =
    typeof request?.target === 'string' &&
    typeof request.headers === 'object' &&
    typeof response?.status === 'number' &&
    typeof response.headers === 'object' &&
    Array.isArray(frames) &&
    typeof end === 'number'
  if (!isWhole) throw invalid(file, 'lacks a part')
  return recording as Recording
}

export function payloadToJson(payload: Uint8Array): Pick<RecordedFrame, 'text' | 'base64'> {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString('base64') }
}

export function payloadOf({ text, base64 = '' }: RecordedFrame): Buffer {
  return text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text)
}

function parse(file: string): { readonly [Name in keyof Recording]?: Recording[Name] } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw invalid(file, 'cannot be read', { cause: error })
  }
}

function invalid(file: string, problem: string, options?: ErrorOptions): TestClientError {
  return new TestClientError('ERR_INVALID_RECORDING', `${file} ${problem}`, options)
}
