import { assertOptions, type Checks, oneOf, wholeNumber, withoutUndefined } from './option-checks.ts'

/** How a graceful shutdown goes. Times in milliseconds. */
export interface DrainOptions {
  /** From when connections begin to be closed until those that are left are cut. @default 30_000 */
  readonly timeout?: number
  /** 1001, or 1012 for a restart. @default 1001 */
  readonly code?: 1001 | 1012
  /** From when new handshakes are denied until connections begin to be closed: load balancers need it to look elsewhere. @default 0 */
  readonly delay?: number
  /** How many connections are closed at once. More, where half of the timeout would not suffice otherwise. @default 500 */
  readonly batchSize?: number
  /** Between one batch and the next. @default 100 */
  readonly interval?: number
}

export type DrainSettings = Required<DrainOptions>

/** @throws SluiceError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_OPTION`; the message names the option */
export function resolveDrainOptions(options: DrainOptions): DrainSettings {
  assertOptions(options, DRAIN_CHECKS, '')
  const defaults = { timeout: 30_000, code: 1001, delay: 0, batchSize: 500, interval: 100 } as const
  return { ...defaults, ...withoutUndefined(options) }
}

export const DRAIN_CHECKS: Checks<DrainOptions> = {
  timeout: wholeNumber(0),
  code: oneOf(1001, 1012),
  delay: wholeNumber(0),
  batchSize: wholeNumber(1),
  interval: wholeNumber(1),
}
