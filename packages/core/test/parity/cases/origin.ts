import { isAuthenticated, jwtAuthentication } from '@sluice/auth'
import type { AllowedOrigins } from '@sluice/core'
import { SECRET, tokenOf } from '../../gates/support/credentials.ts'
import type { Case, Cases } from '../matrix.ts'

const HOME = 'https://app.example'
const EVIL = 'https://evil.example'

export const ORIGIN: Cases = {
  'OR-01 a website that is not listed, with its visitor’s cookie': {
    app: { route: { allowedOrigins: [HOME] } },
    visits: [
      { origin: EVIL, cookies: { session: 'stolen' }, end: 403 },
      { origin: `https://${'a.'.repeat(200)}example`, end: 403 },
      { origin: HOME, end: 1000 },
    ],
  },
  'OR-02 origins that only look like a listed one': visitors(
    ['https://example.com'],
    ['https://example.com'],
    [
      'https://evil-example.com',
      'https://example.com.evil.io',
      'https://examplexcom',
      'https://example.community',
      'https://example.com@evil.io',
      'https://evil.io#example.com',
      'https://evil.io/example.com',
      'https://example.com%2eevil.io',
      'https://example.com\\.evil.io',
    ],
  ),
  'OR-03 wildcards': visitors(
    ['https://*.example.com'],
    ['https://a.example.com', 'https://a.b.example.com', 'https://A.EXAMPLE.com'],
    [
      'https://example.com',
      'https://.example.com',
      'https://evil-example.com',
      'http://a.example.com',
      'https://a.example.com:8443',
    ],
  ),
  'OR-04 regular expressions': visitors(
    [/https:\/\/a\.com/, /https:\/\/[a-z]+\.org/g],
    ['https://a.com', 'https://b.org', 'https://b.org'],
    ['https://a.com.evil', 'https://evil.com/https://a.com', 'http://a.com'],
  ),
  'OR-05 the origin null': visitors([HOME], [], ['null']),
  'OR-05 the origin null, listed': visitors([HOME, 'null'], ['null'], []),
  'OR-06 no origin, beside a cookie that counts': {
    app: {
      route: {
        allowedOrigins: [HOME],
        auth: [jwtAuthentication({ secret: SECRET, sources: [{ cookie: 'session' }] })],
        guards: [isAuthenticated()],
      },
    },
    visits: [
      { cookies: { session: tokenOf({ sub: 'ada' }) }, end: 403 },
      { cookies: { session: tokenOf({ sub: 'ada' }) }, origin: HOME, end: 1000 },
      { end: 401 },
    ],
  },
  'OR-06 no origin where one is required': {
    app: { route: { allowedOrigins: [HOME], requireOrigin: true } },
    visits: [{ end: 403 }, { origin: HOME, end: 1000 }],
  },
  'OR-07 other spellings of an origin': visitors(
    ['https://Example.com', 'https://bücher.example'],
    ['https://example.com', 'HTTPS://EXAMPLE.com', 'https://example.com:443', 'https://xn--bcher-kva.example'],
    ['https://example.com/', 'https://example.com.', 'https://example.com:80', 'https://b%C3%BCcher.example'],
  ),
  'OR-08 http in the place of https': visitors(['https://example.com'], [], ['http://example.com']),
  'OR-14 an app that says nothing of origins': visitors(undefined, ['http://localhost'], [EVIL, 'http://localhost:81']),
}

/** Who comes from where, and whether he is let in. */
function visitors(
  allowedOrigins: AllowedOrigins | undefined,
  allowed: readonly string[],
  denied: readonly string[],
): Case {
  return {
    app: { route: allowedOrigins === undefined ? {} : { allowedOrigins } },
    visits: [...allowed.map((origin) => ({ origin, end: 1000 })), ...denied.map((origin) => ({ origin, end: 403 }))],
  }
}
