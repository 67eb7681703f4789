import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import type { WebSocketMessage } from '@sluice/core'
import type { Closing } from './conversation.ts'
import { HandshakeDenied, TestClientError } from './errors.ts'
import { differenceOf, type ExpectedMessage } from './expected-message.ts'
import { shownMessage } from './messages.ts'
import type { WaitOptions } from './options.ts'
import type { DenialStage } from './server-watch.ts'
import { formatTranscript } from './transcript.ts'
import { VirtualClock } from './virtual-clock.ts'
import { WebSocketTestClient } from './websocket-test-client.ts'
import type { WebSocketTestConnection } from './websocket-test-connection.ts'

/** What a denial must be. What is left out may be anything. */
export interface ExpectedDenial {
  readonly status?: number
  /** The text that the peer is told, or the list of what is wrong with its parameters. */
  readonly detail?: unknown
  /** The `code` in the body. */
  readonly code?: string
  readonly stage?: DenialStage
}

/** What a close must be. What is left out may be anything. */
export interface ExpectedClose {
  readonly code?: number
  readonly reason?: string
}

/**
 * Expects that a handshake is denied.
 * @param connecting a client, which connects, or what its `connect()` returned
 * @param expected a status, or more of the denial. @default any denial
 * @throws AssertionError
 */
export async function expectDenied(
  connecting: WebSocketTestClient | PromiseLike<WebSocketTestConnection>,
  expected: number | ExpectedDenial = {},
): Promise<HandshakeDenied> {
  const promise = connecting instanceof WebSocketTestClient ? connecting.connect() : connecting
  const denial = await promise.then(closeUnexpected, (error: unknown) => error)
  if (!(denial instanceof HandshakeDenied)) throw denial
  const { status, detail, stage, body } = denial
  const { code } = (body ?? {}) as { code?: unknown }
  const wanted = typeof expected === 'number' ? { status: expected } : expected
  assertFields({ status, detail, stage, code }, wanted, denial.message)
  return denial
}

/**
 * Waits until a connection is closed, and expects that it was in this way. Messages may have arrived before.
 * @param expected a close code, or more. @default any close
 * @throws AssertionError, TimeoutError
 */
export async function expectClosed(
  ws: WebSocketTestConnection,
  expected: number | ExpectedClose = {},
  options?: WaitOptions,
): Promise<Closing> {
  const closing = await ws.untilClosed(options)
  const wanted = typeof expected === 'number' ? { code: expected } : expected
  const shown = `${ws.path} was closed with ${closing.code} ${JSON.stringify(closing.reason)}`
  assertFields(closing, wanted, `${shown}\n${formatTranscript(ws.transcript)}`)
  return closing
}

/**
 * Waits for the next message, and expects that it is this one.
 * @param expected text, a pattern of the text, bytes, or the value of JSON. @default any message
 * @throws AssertionError, ConnectionClosed, TimeoutError
 */
export async function expectMessage(
  ws: WebSocketTestConnection,
  expected?: ExpectedMessage,
  options?: WaitOptions,
): Promise<WebSocketMessage> {
  const message = await ws.receive(options)
  const difference = expected === undefined ? null : differenceOf(message, expected)
  if (difference === null) return message
  const text = `${ws.path} sent another message than expected: ${shownMessage(message)}\n${formatTranscript(ws.transcript)}`
  throw failure(text, difference.actual, difference.expected)
}

export interface SilenceOptions {
  /** Milliseconds that the app's virtual clock advances meanwhile. @default the time that it takes the server to settle */
  readonly during?: number | undefined
}

/**
 * Expects that no message has arrived when the server has done all it has to do, or has arrived when some virtual time has passed.
 * Never waits for real time to pass.
 * @throws AssertionError; TestClientError `ERR_INVALID_OPTION` for `during` without a virtual clock; TimeoutError as `settled` does
 */
export async function expectNoMessage(ws: WebSocketTestConnection, { during }: SilenceOptions = {}): Promise<void> {
  if (during === undefined) await ws.settled()
  else await virtualClockOf(ws).advance(during)
  const [message] = ws.unread
  if (message === undefined) return
  throw failure(
    `${ws.path} sent a message: ${shownMessage(message)}\n${formatTranscript(ws.transcript)}`,
    message.data,
    undefined,
  )
}

/**
 * Expects that the next message of every connection is this one, and that those which are excepted get none.
 * @throws AssertionError, ConnectionClosed, TimeoutError
 */
export async function expectBroadcast(
  members: Iterable<WebSocketTestConnection>,
  expected: ExpectedMessage,
  { except }: { readonly except?: WebSocketTestConnection | Iterable<WebSocketTestConnection> | undefined } = {},
): Promise<void> {
  const all = [...members]
  const others = new Set(except === undefined ? [] : Symbol.iterator in except ? except : [except])
  await Promise.all(all.filter((ws) => !others.has(ws)).map((ws) => expectMessage(ws, expected)))
  await Promise.all(Array.from(others, (ws) => expectNoMessage(ws)))
}

async function closeUnexpected(ws: WebSocketTestConnection): Promise<AssertionError> {
  ws.terminate()
  return failure(`${ws.path} was to be denied, and was accepted`, 'accepted', 'denied')
}

function assertFields(actual: object, expected: object, text: string): void {
  const names = Object.keys(expected) as (keyof typeof actual)[]
  const seen = Object.fromEntries(names.map((name) => [name, actual[name]]))
  if (!isDeepStrictEqual(seen, expected)) throw failure(text, seen, expected)
}

function virtualClockOf({ clock }: WebSocketTestConnection): VirtualClock {
  if (clock instanceof VirtualClock) return clock
  throw new TestClientError(
    'ERR_INVALID_OPTION',
    "option 'during' needs an app with a virtual clock: tests do not sleep",
  )
}

/** An error of which every runner shows the difference. */
function failure(message: string, actual: unknown, expected: unknown): AssertionError {
  return new AssertionError({ message, actual, expected, operator: 'deepStrictEqual', stackStartFn: failure })
}
