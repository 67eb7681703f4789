import { createHash, randomBytes } from 'node:crypto'
import {
  type AuthBackend,
  type AuthContext,
  type Authentication,
  type Clock,
  createAuthContext,
  SluiceError,
  systemClock,
  type UpgradeRequest,
} from '@sluice/core/ports'
import { readBearerHeader } from '../token/bearer-header.ts'
import { createTokenBackend } from '../token/token-backend.ts'
import { resolveSources, type TokenSource } from '../token/token-source.ts'
import { MemoryTicketStore, type TicketStore } from './ticket-store.ts'

/** Times are milliseconds. */
export interface TicketOptions {
  /** How long a ticket can be redeemed. @default 30_000 */
  readonly lifetime?: number
  /** @default in this process */
  readonly store?: TicketStore
  /** Where to look for a ticket. @default [{ query: 'ticket' }] */
  readonly sources?: readonly TokenSource[]
  /** How long a connection outlives what the ticket was issued for, for the client to refresh it. @default 25_000 */
  readonly expiryGrace?: number
  /** How long the first message may take, where it is a source. @default 10_000 */
  readonly authTimeout?: number
  /** @default Node's clock */
  readonly clock?: Clock
}

export interface TicketBackend extends AuthBackend {
  /**
   * Issues a ticket that opens one connection in the name of an authenticated peer.
   * @param auth `request.auth` behind `protect`
   * @param options `origin`: the only website that may use it
   * @throws SluiceError `ERR_INVALID_STATE` when nobody is authenticated
   */
  issue(auth: AuthContext | null, options?: { readonly origin?: string | null | undefined }): Promise<string>
}

/**
 * One-time tickets for browsers, which can set no header on a WebSocket: an ordinary HTTP request, authenticated as ever,
 * gets a ticket; the handshake brings it in the query string, where it is worthless as soon as it has been used.
 * @throws SluiceError `ERR_INVALID_OPTION`
 * @example
 * const tickets = ticketAuthentication()
 * app.post('/tickets', { onRequest: protect({ auth: [jwt], guards: [isAuthenticated()] }) }, async (request) => ({
 *   ticket: await tickets.issue(request.auth),
 * }))
 * app.api.websocket('/ws', { auth: [tickets], guards: [isAuthenticated()] }, handler)
 */
export function ticketAuthentication(options: TicketOptions = {}): TicketBackend {
  const { lifetime = 30_000, expiryGrace = 25_000, authTimeout = 10_000, clock = systemClock } = options
  const { store = new MemoryTicketStore(), sources = [{ query: 'ticket' }] } = options
  assertKnown(options)
  assertDurations({ lifetime, expiryGrace, authTimeout })
  const backend = createTokenBackend({
    name: 'ticket',
    challenge: 'Ticket',
    sources: resolveSources(sources),
    readHeader: readBearerHeader,
    check: (ticket, request) => redeem(ticket, request, clock, store),
    authTimeout,
    expiryGrace,
    isSafeInQuery: true,
  })
  return Object.freeze({
    ...backend,
    async issue(auth: AuthContext | null, { origin }: { readonly origin?: string | null | undefined } = {}) {
      if (auth === null) throw new SluiceError('ERR_INVALID_STATE', 'a ticket is for somebody who is authenticated')
      const text = randomBytes(32).toString('base64url')
      const permissions = [...auth.permissions]
      const ticket = { ...auth, permissions, origin: origin ?? null, validUntil: clock.wallTime() + lifetime }
      await store.save(idOf(text), ticket, lifetime)
      return text
    },
  })
}

async function redeem(
  text: string,
  request: UpgradeRequest,
  clock: Clock,
  store: TicketStore,
): Promise<Authentication> {
  const ticket = await store.take(idOf(text))
  if (ticket === undefined) return { kind: 'invalid', reason: 'unknown or used ticket' }
  const { origin, validUntil, ...auth } = ticket
  // What it stands for may have ended before the ticket itself.
  if (clock.wallTime() >= Math.min(validUntil, auth.expiresAt ?? Infinity)) {
    return { kind: 'invalid', reason: 'the ticket is void' }
  }
  if (origin !== null && origin !== request.headers.origin)
    return { kind: 'invalid', reason: 'the ticket of another origin' }
  return { kind: 'ok', context: createAuthContext(auth) }
}

/** The store knows only this: whoever reads it has no tickets. */
function idOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url')
}

const KNOWN: ReadonlySet<string> = new Set(['lifetime', 'store', 'sources', 'expiryGrace', 'authTimeout', 'clock'])

function assertKnown(options: object): void {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) throw new SluiceError('ERR_UNKNOWN_OPTION', `ticketAuthentication: unknown option '${name}'`)
  }
}

function assertDurations(durations: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(durations)) {
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) continue
    throw new SluiceError('ERR_INVALID_OPTION', `ticketAuthentication: ${name} must be a number of milliseconds`)
  }
}
