import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import { encodeFrame, Opcode } from '@sluice/protocol'
import { ConnectionClosed, HandshakeDenied, TimeoutError } from '../errors.ts'
import type { TestClientOptions } from '../options.ts'
import type { TestApp } from '../test-app.ts'
import { kindOf } from '../transcript.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { WebSocketTestClient } from '../websocket-test-client.ts'
import type { WebSocketTestConnection } from '../websocket-test-connection.ts'
import { payloadOf, payloadToJson, REDACTED, type RecordedFrame, type Recording, readRecording } from './recording.ts'
import { redactHeaders, redactMessage } from './redact.ts'

/** The credentials that the recording does not have, and whatever else the client is to do in another way. */
export interface ReplayOptions extends TestClientOptions {
  /** The token of authentication messages. */
  readonly token?: string | undefined
}

/**
 * Does what the client of a recording did, and demands that the app answers as it did then, frame by frame. On a virtual clock the client
 * does everything at its recorded time; on any other one thing after the other.
 * @throws AssertionError with the transcript of both where they differ
 * @throws TestClientError `ERR_INVALID_RECORDING`
 */
export async function replay(app: TestApp, file: string, options: ReplayOptions = {}): Promise<void> {
  const recording = readRecording(file)
  const { token = REDACTED, ...given } = options
  try {
    await using ws = await WebSocketTestClient.connect(app, targetOf(recording), clientOptions(recording, given))
    assertResponse(recording, { status: 101, headers: ws.responseHeaders })
    await replayFrames(recording, ws, token)
  } catch (error) {
    if (!(error instanceof HandshakeDenied)) throw error
    assertResponse(recording, error)
  }
}

async function replayFrames({ frames, end }: Recording, ws: WebSocketTestConnection, token: string): Promise<void> {
  const clock = isVirtual(ws.clock) ? ws.clock : null
  const start = ws.clock.now()
  const reach = async (time: number): Promise<void> => {
    const remaining = time - (ws.clock.now() - start)
    if (clock !== null && remaining > 0) await clock.advance(remaining)
  }
  const played: RecordedFrame[] = []
  let isClosed = false
  for (const frame of frames) {
    if (isAnswer(frame, isClosed)) continue
    await reach(frame.time)
    if (frame.from === 'client') await ws.sendFrame(bytesOf(frame, token))
    else {
      const arrived = await nextFrame(ws)
      if (!isSame(frame, arrived)) throw difference(played, frame, arrived)
    }
    isClosed ||= frame.kind === 'close'
    played.push(frame)
  }
  await reach(end)
  if (!isClosed) ws.terminate()
  const surplus = await nextFrame(ws)
  if (surplus !== null) throw difference(played, null, surplus)
}

/** What comes by itself: pings of the heartbeat, at times of their own, and what a client answers to pings and to a close. */
function isAnswer({ from, kind }: RecordedFrame, isClosed: boolean): boolean {
  return from === 'server' ? kind === 'ping' : kind === 'pong' || (kind === 'close' && isClosed)
}

/** The next frame that is no ping. `null` when the stream has ended, or nothing comes. */
async function nextFrame(ws: WebSocketTestConnection): Promise<RecordedFrame | null> {
  try {
    let { opcode, payload } = await ws.receiveFrame()
    while (opcode === Opcode.PING) ({ opcode, payload } = await ws.receiveFrame())
    return { time: 0, from: 'server', kind: kindOf(opcode), ...payloadToJson(payload) }
  } catch (error) {
    if (error instanceof ConnectionClosed || error instanceof TimeoutError) return null
    throw error
  }
}

function isSame({ kind, text, base64 }: RecordedFrame, other: RecordedFrame | null): boolean {
  return kind === other?.kind && text === other.text && base64 === other.base64
}

function bytesOf(frame: RecordedFrame, token: string): Buffer {
  if (frame.kind === 'raw') return payloadOf(frame)
  const { text } = frame
  const isAuth = text !== undefined && text === redactMessage(text) && text.includes(`"${REDACTED}"`)
  const payload = isAuth ? JSON.stringify({ type: 'auth', token }) : payloadOf(frame)
  return encodeFrame(OPCODES[frame.kind] ?? Opcode.BINARY, payload, { mask: true })
}

const OPCODES: Readonly<Record<string, Opcode>> = {
  continuation: Opcode.CONTINUATION,
  text: Opcode.TEXT,
  binary: Opcode.BINARY,
  close: Opcode.CLOSE,
  ping: Opcode.PING,
}

/** The recorded target less the query parameters that were redacted. */
function targetOf({ request: { target } }: Recording): string {
  const [path = '', query] = target.split(/\?(.*)/s)
  const kept = query?.split('&').filter((pair) => !pair.endsWith(`=${REDACTED}`)) ?? []
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`
}

function clientOptions({ request }: Recording, options: TestClientOptions): TestClientOptions {
  const replaced = new Set([options.origin && 'origin', options.subprotocols && 'sec-websocket-protocol'])
  const recorded = Object.entries(request.headers).filter(
    ([name, value]) => !String(value).includes(REDACTED) && !replaced.has(name),
  )
  return { raiseServerErrors: false, ...options, headers: { ...Object.fromEntries(recorded), ...options.headers } }
}

function assertResponse(
  { request, response }: Recording,
  { status, headers, body }: { readonly status: number; readonly headers: object; readonly body?: unknown },
): void {
  const arrived = {
    status,
    headers: redactHeaders(headers as Readonly<Record<string, string>>, []),
    ...(body !== undefined && { body }),
  }
  const actual = JSON.parse(JSON.stringify(arrived))
  if (isDeepStrictEqual(actual, response)) return
  const left = Object.entries(request.headers)
    .filter(([, value]) => String(value).includes(REDACTED))
    .map(([name]) => name)
  const hint =
    left.length === 0 && !request.target.includes(`=${REDACTED}`)
      ? ''
      : `; the recording does not have the secrets of ${[...left, request.target].join(', ')}`
  throw new AssertionError({
    message: `the handshake was answered with ${status}, and ${response.status} was recorded${hint}`,
    actual,
    expected: response,
    operator: 'replay',
  })
}

function difference(
  played: readonly RecordedFrame[],
  expected: RecordedFrame | null,
  actual: RecordedFrame | null,
): AssertionError {
  const lines = [
    ...played.slice(-SHOWN_BEFORE).map((frame) => `    ${lineOf(frame)}`),
    ...(expected === null ? [] : [`  - ${lineOf(expected)}`]),
    `  + ${actual === null ? 'nothing' : lineOf({ ...actual, time: expected?.time ?? played.at(-1)?.time ?? 0 })}`,
  ]
  return new AssertionError({
    message: `the app did something else than was recorded (- recorded, + now, → to the server):\n${lines.join('\n')}`,
    actual,
    expected,
    operator: 'replay',
  })
}

const SHOWN_BEFORE = 10

function lineOf({ time, from, kind, text, base64 }: RecordedFrame): string {
  const shown =
    kind === 'close' || text === undefined
      ? (base64 ?? Buffer.from(text ?? '').toString('base64'))
      : JSON.stringify(text)
  return `${Math.round(time)} ms ${from === 'client' ? '→' : '←'} ${kind} ${shown}`
}

function isVirtual(clock: object): clock is VirtualClock {
  return 'advance' in clock
}
