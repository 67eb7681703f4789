import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AuthBackend } from '@sluice/core/ports'
import type { TranscriptKind } from '../transcript.ts'
import type { UpgradeRequest } from '../upgrade-request.ts'
import { createRecording, payloadToJson, type RecordedFrame, type Recording } from './recording.ts'
import { redactHeaders, redactMessage, redactTarget } from './redact.ts'

/** Takes down one connection, and writes it to a file when it has ended. */
export class Recorder {
  readonly #file: string
  readonly #request: UpgradeRequest
  readonly #backends: () => readonly AuthBackend[]
  readonly #frames: RecordedFrame[] = []
  #response: Recording['response'] | null = null

  /** @param backends tells who looks for credentials in the request, once that is known */
  constructor(file: string, request: UpgradeRequest, backends: () => readonly AuthBackend[]) {
    this.#file = file
    this.#request = request
    this.#backends = backends
  }

  response({ status, headers, body }: { status: number; headers: object; body?: unknown }): void {
    const redacted = redactHeaders(headers as Readonly<Record<string, string>>, [])
    this.#response = { status, headers: redacted, ...(body !== undefined && { body }) }
  }

  frame(time: number, from: RecordedFrame['from'], kind: TranscriptKind, payload: Uint8Array): void {
    const { text, ...other } = payloadToJson(payload)
    const isMessage = text !== undefined && from === 'client' && kind === 'text'
    this.#frames.push({
      time,
      from,
      kind,
      ...other,
      ...(text !== undefined && { text: isMessage ? redactMessage(text) : text }),
    })
  }

  /** Writes the file, whose folder is made if it is missing. */
  end(time: number): void {
    if (this.#response === null) return
    const { target, headers } = this.#request
    const backends = this.#backends()
    const request = { target: redactTarget(target, backends), headers: redactHeaders(headers, backends) }
    const recording = createRecording({ request, response: this.#response, frames: this.#frames, end: time })
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(this.#file, `${JSON.stringify(recording, null, 2)}\n`)
  }
}
