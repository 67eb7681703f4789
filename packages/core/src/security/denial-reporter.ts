import type { Clock } from '../clock.ts'
import { type Log, loggable } from '../log.ts'
import { runHook } from '../run-hook.ts'
import type { Denial } from './denial.ts'
import type { UpgradeRequest } from './ports.ts'
import { Sampler } from './sampler.ts'
import type { DenialStage } from './stage.ts'

/** One denied handshake, as `onDenied` learns of it. */
export interface DeniedHandshake {
  readonly stage: DenialStage
  readonly denial: Denial
  /** The route's path template; empty when no route was found. */
  readonly route: string
  readonly request: UpgradeRequest
}

/** Called once for every denied handshake, for metrics. What it throws is logged. */
export type OnDenied = (denied: DeniedHandshake) => unknown

/** Makes the function that tells the hook of every denial, and the log of one in each window for each route and code. */
export function createDenialReporter(clock: Clock, log: Log, onDenied?: OnDenied): (denied: DeniedHandshake) => void {
  const sampler = new Sampler(clock)
  return (denied) => {
    const suppressed = sampler.sample(`${denied.stage} ${denied.denial.code} ${denied.route}`)
    if (suppressed !== undefined) writeLine(denied, suppressed, log)
    if (onDenied !== undefined) runHook('onDenied', onDenied, log, denied)
  }
}

function writeLine({ stage, denial, route, request }: DeniedHandshake, suppressed: number, log: Log): void {
  const { code, status, cause } = denial
  const [path = ''] = request.url.split('?', 1)
  const fields = { stage, code, status, route, path: loggable(path), ip: request.ip, suppressed }
  const origin = loggable(String(request.headers.origin ?? ''))
  if (status >= 500 && cause instanceof Error)
    log.error({ ...fields, origin, err: cause }, 'WebSocket handshake failed')
  else log.info({ ...fields, origin, cause: causeText(cause) }, 'WebSocket handshake denied')
}

function causeText(cause: unknown): string | undefined {
  if (cause === undefined) return undefined
  return loggable(cause instanceof Error ? cause.message : String(cause))
}
