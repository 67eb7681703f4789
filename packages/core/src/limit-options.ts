import type { BackpressureLimits, ConnectionLimits, HeartbeatLimits, MessageRateLimit } from './connection/limits.ts'
import type { FrameRateOptions, LimitOptions, MessageRateOptions } from './handler/route-options.ts'
import {
  type Check,
  type Checks,
  nested,
  numberFrom,
  oneOf,
  unlessFalse,
  wholeNumber,
  withoutUndefined,
} from './option-checks.ts'
import type { TokenRate } from './token-bucket.ts'

/** Resolves the limits of a route. @param layers the plugin's, the api's and the route's own, checked, in this order */
export function resolveLimits(layers: readonly LimitOptions[]): ConnectionLimits {
  const given: LimitOptions = Object.assign({}, ...layers.map(withoutUndefined))
  const maxMessageSize = given.maxMessageSize ?? 1_048_576
  return Object.freeze({
    maxMessageSize,
    maxFragments: given.maxFragments ?? 1_024,
    maxDepth: given.maxDepth ?? 64,
    messageTimeout: given.messageTimeout ?? 30_000,
    closeTimeout: given.closeTimeout ?? 5_000,
    messageRate: resolveMessageRate(given.messageRate, maxMessageSize),
    controlFrameRate: resolveFrameRate(given.controlFrameRate),
    idleTimeout: given.idleTimeout || null,
    heartbeat: resolveHeartbeat(layers),
    inbox: Object.freeze({ messages: 100, bytes: 1_048_576, ...merged(layers, 'inbox') }),
    backpressure: resolveBackpressure(layers),
  })
}

function resolveMessageRate(
  given: MessageRateOptions | false | undefined,
  maxMessageSize: number,
): MessageRateLimit | null {
  if (given === undefined || given === false) return null
  const { rate, per = 'message', action = 'close' } = given
  // Of bytes, a full bucket holds the largest message.
  const { burst = Math.max(1, rate, per === 'byte' ? maxMessageSize : 1) } = given
  return Object.freeze({ rps: rate, burst, per, action })
}

function resolveFrameRate(given: FrameRateOptions | false = { rate: 100, burst: 1_000 }): TokenRate | null {
  return given === false ? null : Object.freeze({ rps: given.rate, burst: given.burst ?? Math.max(1, given.rate) })
}

function resolveHeartbeat(layers: readonly LimitOptions[]): HeartbeatLimits | null {
  // What stands nearer to the route than a `false` switches it on again.
  const last = layers.findLastIndex(({ heartbeat }) => heartbeat === false)
  if (last >= 0 && layers.slice(last + 1).every(({ heartbeat }) => heartbeat === undefined)) return null
  return Object.freeze({ interval: 25_000, timeout: 10_000, ...merged(layers.slice(last + 1), 'heartbeat') })
}

/** The most that goes to a wire before it has to wait: what one write takes. */
const LARGEST_WINDOW = 65_536

function resolveBackpressure(layers: readonly LimitOptions[]): BackpressureLimits {
  const defaults = { highWaterMark: 1_048_576, policy: 'close', timeout: 30_000 } as const
  const given: NonNullable<LimitOptions['backpressure']> = merged(layers, 'backpressure')
  const { timeout, ...limits } = { ...defaults, ...given }
  return Object.freeze({
    ...limits,
    timeout: timeout === false ? null : timeout,
    window: Math.min(Math.ceil(limits.highWaterMark / 2), LARGEST_WINDOW),
  })
}

function merged<Name extends 'inbox' | 'backpressure' | 'heartbeat'>(layers: readonly LimitOptions[], name: Name) {
  return Object.assign({}, ...layers.map((layer) => withoutUndefined(layer[name] || {})))
}

const RATE_CHECKS: Checks<FrameRateOptions> = {
  rate: numberFrom(Number.MIN_VALUE, 'a number above 0'),
  burst: numberFrom(1, 'a number of at least 1'),
}

export const LIMIT_CHECKS: Checks<LimitOptions> = {
  maxMessageSize: wholeNumber(1),
  maxFragments: wholeNumber(1),
  maxDepth: wholeNumber(1),
  messageTimeout: wholeNumber(1),
  messageRate: unlessFalse(
    rateOf({ ...RATE_CHECKS, per: oneOf('message', 'byte'), action: oneOf('close', 'drop', 'reply', 'throttle') }),
  ),
  controlFrameRate: unlessFalse(rateOf(RATE_CHECKS)),
  closeTimeout: wholeNumber(1),
  idleTimeout: unlessFalse(wholeNumber(1)),
  heartbeat: unlessFalse(nested({ interval: wholeNumber(1), timeout: wholeNumber(1) })),
  inbox: nested({ messages: wholeNumber(1), bytes: wholeNumber(1) }),
  backpressure: nested({
    highWaterMark: wholeNumber(1),
    policy: oneOf('close', 'dropNewest', 'dropOldest', 'conflate'),
    timeout: unlessFalse(wholeNumber(1)),
  }),
}

/** No rate has a default of its own. */
function rateOf(checks: Readonly<Record<string, Check>>): Check {
  return (value, name) => {
    const expected = nested(checks)(value, name)
    return expected ?? ((value as FrameRateOptions).rate === undefined ? 'an object with a rate, or false' : undefined)
  }
}
