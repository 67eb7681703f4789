import { createSign, generateKeyPairSync } from 'node:crypto'
import { apiKeyAuthentication, isAuthenticated, type JwtOptions, jwtAuthentication } from '@sluice/auth'
import { bearer, SECRET, tokenOf } from '../../gates/support/credentials.ts'
import { CLAIMS, encode, hmac, NOW } from '../../gates/support/tokens.ts'
import type { Case, Cases } from '../matrix.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const JWK = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }
const GOOD = tokenOf({ sub: 'ada' })
const KEY = 'sk-reports-0123456789'

export const CREDENTIALS: Cases = {
  'AU-01 no credentials, or malformed ones': {
    app: jwtApp(),
    visits: [
      { end: 401 },
      ...['', 'Bearer', 'Bearer ', 'Basic YTpi', GOOD, `Bearer ${GOOD} x`, `Bearer x, Bearer ${GOOD}`].map(
        (authorization) => ({ headers: { authorization }, end: 401 }),
      ),
      { headers: { authorization: [`Bearer ${GOOD}`, `Bearer ${GOOD}`] }, end: 401 },
      { headers: bearer(GOOD), end: 1000 },
    ],
  },
  'AU-02 tokens that need no signature': tokens([
    ...['none', 'None', 'nOnE', '', undefined, null, 0, ['HS256']].map((alg) => hmac({ alg })),
    `${encode({ alg: 'none' })}.${encode(CLAIMS)}.`,
    `${encode({ alg: 'HS256' })}.${encode(CLAIMS)}`,
  ]),
  'AU-03 a public key used as a secret': tokens(
    [PEM, PEM.trim(), `\uFEFF${PEM}`].map((key) => hmac({}, CLAIMS, key)),
    { publicKey: PEM, algorithms: ['RS256'] },
    rsa({}),
  ),
  'AU-04 key ids that lead astray': tokens(
    ['../../dev/null', "' OR 1=1", '__proto__', 'two', '', 1, ['one'], 'a'.repeat(257)].map((kid) => rsa({ kid })),
    { jwks: { keys: [JWK] }, algorithms: ['RS256'] },
    rsa({ kid: 'one' }),
  ),
  'AU-05 tokens that bring their own key': tokens([
    hmac({ jwk: { kty: 'oct', k: encode('mine') } }, CLAIMS, 'mine'),
    hmac({ jku: 'https://evil.example/keys.json' }, CLAIMS, 'mine'),
    hmac({ x5u: 'https://evil.example/cert.pem' }, CLAIMS, 'mine'),
  ]),
  'AU-07 critical headers that nobody understands': tokens([
    hmac({ crit: ['x'], x: 1 }),
    hmac({ crit: [] }),
    hmac({ crit: 'x' }),
  ]),
  'AU-08 claims of the wrong time, issuer, audience or type': tokens(
    [
      { exp: NOW - 6 },
      { exp: undefined },
      { exp: String(NOW + 60) },
      { nbf: NOW + 6 },
      { iss: 'other' },
      { iss: ['issuer'] },
      { aud: 'other' },
      { aud: [] },
      { sub: 7 },
    ].map((claims) => hmac({}, { ...CLAIMS, iss: 'issuer', aud: 'app', ...claims })),
    { secret: SECRET, issuer: 'issuer', audience: 'app' },
    hmac({}, { ...CLAIMS, iss: 'issuer', aud: ['app'] }),
  ),
  'AU-09 other spellings of a good token': tokens([
    `${GOOD}=`,
    `${GOOD}A`,
    `${GOOD}.`,
    `.${GOOD}`,
    GOOD.replace('.', '..'),
    GOOD.slice(0, -1),
    GOOD.toUpperCase(),
  ]),
  'AU-15 a token in the query string': {
    app: jwtApp({ secret: SECRET, sources: [{ query: 'token' }] }),
    visits: [
      { query: { token: GOOD }, end: 1000 },
      { query: { token: `${GOOD}A` }, end: 401 },
      { query: { access_token: 'x' }, end: 401 },
    ],
    secret: GOOD,
  },
  'AU-15 a token in the query string of an app that looks elsewhere': {
    app: jwtApp(),
    visits: [{ query: { token: GOOD, access_token: GOOD }, end: 401 }],
  },
  'AU-16 a token among the subprotocols': {
    app: { route: { ...jwtApp({ secret: SECRET, sources: ['subprotocol'] }).route, subprotocols: ['chat'] } },
    visits: [
      { subprotocols: ['bearer', GOOD, 'chat'], end: 1000 },
      { subprotocols: ['chat', `bearer.${GOOD}`], end: 1000 },
      { subprotocols: ['bearer', GOOD], end: 1000 },
      { subprotocols: ['chat', 'bearer.x.y.z'], end: 401 },
      { subprotocols: ['chat'], end: 401 },
    ],
    secret: GOOD,
  },
  'AU-17 wrong keys of any likeness': keys([KEY.slice(0, -1), `x${KEY.slice(1)}`, 'reports', 'a'.repeat(5_000)]),
  'AU-18 keys in the wrong form': keys([[KEY, KEY], `${KEY}, ${KEY}`, ', ', '', 'Bearer ']),
  'AU-18 keys in the wrong place': {
    app: keyApp(),
    visits: [
      { headers: bearer(KEY), end: 401 },
      { query: { 'x-api-key': KEY }, end: 401 },
      { cookies: { 'x-api-key': KEY }, end: 401 },
    ],
  },
}

function jwtApp(options: JwtOptions = { secret: SECRET }) {
  return { route: { auth: [jwtAuthentication(options)], guards: [isAuthenticated()] } }
}

function keyApp() {
  return { route: { auth: [apiKeyAuthentication({ keys: { reports: KEY } })], guards: [isAuthenticated()] } }
}

/** Tokens that are denied, and one that is not. */
function tokens(wrong: readonly string[], options?: JwtOptions, good = GOOD): Case {
  return {
    app: jwtApp(options),
    visits: [...wrong.map((token) => ({ headers: bearer(token), end: 401 })), { headers: bearer(good), end: 1000 }],
  }
}

/** Keys that are denied, and one that is not. */
function keys(wrong: readonly (string | string[])[]): Case {
  return {
    app: keyApp(),
    visits: [
      ...wrong.map((key) => ({ headers: { 'x-api-key': key }, end: 401 })),
      { headers: { 'x-api-key': KEY }, end: 1000 },
    ],
  }
}

function rsa(header: object): string {
  const input = `${encode({ alg: 'RS256', ...header })}.${encode(CLAIMS)}`
  return `${input}.${createSign('sha256').update(input).sign(privateKey, 'base64url')}`
}
