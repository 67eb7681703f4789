import { createHmac } from 'node:crypto'
import { isAuthenticated, type JwtOptions, jwtAuthentication } from '@sluice/auth'
import { bearer, EPOCH, SECRET } from './credentials.ts'
import type { Gate, Peer } from './gate.ts'

/** When the clock of every gate begins, as tokens count: in seconds. */
export const NOW = EPOCH / 1000

export const CLAIMS = { sub: 'ada', exp: NOW + 60 }

/** Lets in whoever has a token. */
export function jwtGate(options: JwtOptions = { secret: SECRET }): Gate {
  return { route: { auth: [jwtAuthentication(options)], guards: [isAuthenticated()] } }
}

export function tokenPeer(token: string): Peer {
  return { headers: bearer(token) }
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** Signs any header and any claims whatever. */
export function hmac(header: object | string, claims: object | string = CLAIMS, key: string | Buffer = SECRET): string {
  const given = typeof header === 'string' ? header : { alg: 'HS256', ...header }
  const input = `${encode(given)}.${encode(claims)}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}
