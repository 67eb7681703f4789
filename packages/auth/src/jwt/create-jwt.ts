import { createHmac } from 'node:crypto'
import { type Clock, SluiceError, systemClock } from '@sluice/core/ports'
import { ALGORITHMS, type HmacAlgorithm } from './algorithms.ts'

export interface CreateJwtOptions {
  readonly secret: string | Uint8Array
  /** Milliseconds from now; negative for a token that has expired. @default 3_600_000, unless the claims have `exp` */
  readonly expiresIn?: number
  /** @default 'HS256' */
  readonly algorithm?: HmacAlgorithm
  /** @default Node's clock */
  readonly clock?: Pick<Clock, 'wallTime'>
}

/**
 * Signs claims, for tests and demos; a login server of your own has `jose`.
 * @example createJwt({ sub: 'ada', permissions: ['chat.write'] }, { secret, expiresIn: 60_000 })
 */
export function createJwt(claims: Readonly<Record<string, unknown>>, options: CreateJwtOptions): string {
  const { secret, expiresIn = 3_600_000, algorithm = 'HS256', clock = systemClock } = options
  if (!Number.isFinite(expiresIn)) throw new SluiceError('ERR_INVALID_OPTION', 'createJwt: expiresIn is not a number')
  const now = clock.wallTime()
  const times = { iat: Math.floor(now / 1000), exp: Math.floor((now + expiresIn) / 1000) }
  const signingInput = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode({ ...times, ...claims })}`
  const signature = createHmac(ALGORITHMS[algorithm].hash, secret).update(signingInput).digest('base64url')
  return `${signingInput}.${signature}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
