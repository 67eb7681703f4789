import { createHmac } from 'node:crypto'
import { NOW, SECRET } from '../fixtures.ts'

export const SECONDS = NOW / 1000

export function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** Signs any text whatever as header and claims, as `createJwt` would not. */
export function signText(header: string, claims: string, secret: string | Uint8Array = SECRET): string {
  const signingInput = `${encode(header)}.${encode(claims)}`
  return `${signingInput}.${createHmac('sha256', secret).update(signingInput).digest('base64url')}`
}

export function sign(claims: object, header: object = {}, secret: string | Uint8Array = SECRET): string {
  const expiring = { sub: 'ada', exp: SECONDS + 60, ...claims }
  return signText(JSON.stringify({ alg: 'HS256', typ: 'JWT', ...header }), JSON.stringify(expiring), secret)
}
