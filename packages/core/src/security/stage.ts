import type { ReadInputs } from '../coercion/input.ts'
import type { Denial } from './denial.ts'
import type { AuthBackend, AuthContext, GuardContext } from './ports.ts'

/** The order is the policy: what costs least and trusts least comes first. */
export const STAGE_ORDER = [
  'draining',
  'origin',
  'rateLimit',
  'capacity',
  'authentication',
  'userRateLimit',
  'userCapacity',
  'guards',
  'coercion',
  'subprotocol',
  'dependencies',
] as const

export type StageName = (typeof STAGE_ORDER)[number]

/** Where a handshake can be denied: a stage, the sanity of the upgrade before them, or the handler after them. */
export type DenialStage = 'upgrade' | StageName | 'handler'

/** A stage's answer, as a value. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly denial: Denial }

/** One check of one route. It answers at once wherever it can: a promise costs every handshake that needs none. */
export type Stage = (context: UpgradeContext) => Verdict | Promise<Verdict>

/** What the stages of one handshake share. */
export interface UpgradeContext extends GuardContext {
  /** Written by the authentication stage, and by nothing else. */
  auth: AuthContext | null
  /** Written by the coercion stage, and by nothing else. */
  inputs: ReadInputs | null
  /** The backend that proved `auth`. */
  backend: AuthBackend | null
  /** Messages follow, so that credentials may come as the first of them. */
  readonly hasMessages: boolean
  /** The credentials will come as the first message; the stages that need them wait until then. */
  awaitsFirstMessage: boolean
  /** The token that has come as the first message, once it has. */
  readonly firstToken: string | null
  /** The `Access-Control-Allow-Origin` that `@fastify/cors` put on the answer, for `allowedOrigins: 'cors'`. */
  readonly corsOrigin: string | undefined
  /** Keeps a lease until the handshake is denied or the connection ends. */
  hold(lease: Lease): void
}

/** One counted place, given back by `release`. */
export interface Lease {
  release(): void
  /** The connection is open. `supersede` closes it should a newer connection need the place. */
  confirm?(supersede: () => void): void
}

export const PASSED: Verdict = Object.freeze({ ok: true })

export function denied(denial: Denial): Verdict {
  return { ok: false, denial }
}
