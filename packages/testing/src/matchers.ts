import { AssertionError } from 'node:assert'
import {
  type ExpectedClose,
  type ExpectedDenial,
  expectClosed,
  expectDenied,
  expectMessage,
  expectNoMessage,
  type SilenceOptions,
} from './expectations.ts'
import type { ExpectedMessage } from './expected-message.ts'
import type { WebSocketTestClient } from './websocket-test-client.ts'
import type { WebSocketTestConnection } from './websocket-test-connection.ts'

/** What a matcher gives to `expect`, of Vitest and Jest alike. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/** The expectations as matchers, for `expect.extend`. */
export const matchers = {
  toBeDenied(
    connecting: WebSocketTestClient | PromiseLike<WebSocketTestConnection>,
    expected?: number | ExpectedDenial,
  ): Promise<MatcherResult> {
    return resultOf('toBeDenied', expectDenied(connecting, expected))
  },

  toBeClosed(ws: WebSocketTestConnection, expected?: number | ExpectedClose): Promise<MatcherResult> {
    return resultOf('toBeClosed', expectClosed(ws, expected))
  },

  toReceiveMessage(ws: WebSocketTestConnection, expected?: ExpectedMessage): Promise<MatcherResult> {
    return resultOf('toReceiveMessage', expectMessage(ws, expected))
  },

  toReceiveNoMessage(ws: WebSocketTestConnection, options?: SilenceOptions): Promise<MatcherResult> {
    return resultOf('toReceiveNoMessage', expectNoMessage(ws, options))
  },
}

/** The matchers as a test calls them. */
export interface WebSocketMatchers<Result> {
  /** See `expectDenied`. */
  toBeDenied(expected?: number | ExpectedDenial): Result
  /** See `expectClosed`. */
  toBeClosed(expected?: number | ExpectedClose): Result
  /** See `expectMessage`. */
  toReceiveMessage(expected?: ExpectedMessage): Result
  /** See `expectNoMessage`. */
  toReceiveNoMessage(options?: SilenceOptions): Result
}

/** Whatever else goes wrong, a connection that ends or a time that is over, is the error of the test. */
async function resultOf(name: string, expectation: Promise<unknown>): Promise<MatcherResult> {
  try {
    await expectation
    return { pass: true, message: () => `expect(…).not.${name}(…) was to fail, and did not` }
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    const { message, actual, expected } = error
    return { pass: false, message: () => message, actual, expected }
  }
}
