import {
  type AuthBackend,
  type AuthContext,
  type Authentication,
  type Clock,
  createAuthContext,
  type GuardContext,
  type UpgradeRequest,
} from '@sluice/core/ports'

/** A moment that all clocks of these tests show, and a token's `iat` and `exp` are reckoned from. */
export const NOW = Date.UTC(2026, 0, 1)

export const SECRET = 'a secret that is long enough for HS256, and even for HS512: 64 bytes'

/** A clock that stands still until it is told to go on. It sets no timers. */
export class ManualClock implements Clock {
  #elapsed = 0

  now(): number {
    return this.#elapsed
  }

  wallTime(): number {
    return NOW + this.#elapsed
  }

  setTimeout(): never {
    throw new Error('no timer is expected')
  }

  advance(milliseconds: number): void {
    this.#elapsed += milliseconds
  }
}

export function upgradeRequest(
  headers: Readonly<Record<string, string | undefined>> = {},
  overrides: Partial<UpgradeRequest> = {},
): UpgradeRequest {
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    method: 'GET',
    url: '/ws',
    headers: Object.fromEntries(given),
    ip: '192.0.2.1',
    host: 'example.com',
    protocol: 'https',
    raw: { rawHeaders: given.flat() },
    ...overrides,
  }
}

/** Shows a token to a backend in the `Authorization` header. */
export async function authenticate<Context extends AuthContext>(
  backend: AuthBackend<Context>,
  token: string,
  clock: Clock = new ManualClock(),
): Promise<Authentication<Context>> {
  return backend.authenticate(upgradeRequest({ authorization: `Bearer ${token}` }), clock)
}

export function guardContext(auth: Partial<AuthContext> | null): GuardContext {
  return {
    request: upgradeRequest(),
    auth: auth === null ? null : createAuthContext({ userId: 'ada', backend: 'test', ...auth }),
    params: {},
    route: '/ws',
  }
}
