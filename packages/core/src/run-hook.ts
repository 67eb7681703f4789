import { isPending } from './is-pending.ts'
import type { Log } from './log.ts'

/** Calls a hook of the app, which may be async. Nobody waits for it, and what it throws is logged. */
export function runHook<Args extends unknown[]>(
  name: string,
  hook: (...args: Args) => unknown,
  log: Log,
  ...args: Args
): void {
  const fail = (error: unknown) => log.error({ err: error }, `${name} failed`)
  try {
    const result = hook(...args)
    if (isPending(result)) result.then(undefined, fail)
  } catch (error) {
    fail(error)
  }
}
