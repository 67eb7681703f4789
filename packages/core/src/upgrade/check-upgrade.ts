import type { IncomingMessage } from 'node:http'
import { checkUpgradeRequest, type UpgradeOffer } from '@sluice/protocol'
import { createDenial, type Denial } from '../security/denial.ts'
import { isQueryTooLarge } from './query-size.ts'

export type UpgradeVerdict =
  | { readonly ok: true; readonly offer: UpgradeOffer }
  | { readonly ok: false; readonly denial: Denial }

/** Node drops what comes after this many header lines, and with them perhaps those that matter. */
const MOST_HEADERS = 2_000

/** Checks that an upgrade request is one that a server may accept (RFC 6455 section 4.2.1). */
export function checkUpgrade(request: IncomingMessage): UpgradeVerdict {
  if (request.rawHeaders.length >= 2 * MOST_HEADERS) return denied(createDenial('ERR_INVALID_UPGRADE', { status: 431 }))
  if (isQueryTooLarge(request.url ?? '')) return denied(createDenial('ERR_QUERY_TOO_LARGE'))
  const verdict = checkUpgradeRequest(request)
  if (verdict.ok) return verdict
  const { status, reason, headers } = verdict.denial
  return denied(status === 426 ? upgradeRequired() : createDenial('ERR_INVALID_UPGRADE', { detail: reason, headers }))
}

/** The answer to a request on a WebSocket route that is no upgrade to version 13. */
export function upgradeRequired(): Denial {
  return createDenial('ERR_UPGRADE_REQUIRED', {
    headers: { upgrade: 'websocket', 'sec-websocket-version': '13' },
  })
}

/** The answer to a request that comes too late. */
export function shuttingDown(): Denial {
  return createDenial('ERR_SHUTTING_DOWN', { headers: { 'retry-after': '5' } })
}

/** The answer to a request that came where no upgrade is made of it. */
export function denialOf(verdict: UpgradeVerdict): Denial {
  return verdict.ok ? upgradeRequired() : verdict.denial
}

function denied(denial: Denial): UpgradeVerdict {
  return { ok: false, denial }
}
