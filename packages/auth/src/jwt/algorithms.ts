/** What an algorithm asks of its key. */
export interface AlgorithmTraits {
  readonly family: 'HMAC' | 'RSA' | 'EC' | 'EdDSA'
  readonly hash?: string
  readonly secretBytes?: number
  readonly keyType?: string
  readonly curve?: string
}

/** Algorithms of RFC 7518 and RFC 8037 that sign. `none` is not among them. */
export const ALGORITHMS = {
  HS256: { family: 'HMAC', hash: 'sha256', secretBytes: 32 },
  HS384: { family: 'HMAC', hash: 'sha384', secretBytes: 48 },
  HS512: { family: 'HMAC', hash: 'sha512', secretBytes: 64 },
  RS256: { family: 'RSA', keyType: 'rsa' },
  RS384: { family: 'RSA', keyType: 'rsa' },
  RS512: { family: 'RSA', keyType: 'rsa' },
  PS256: { family: 'RSA', keyType: 'rsa' },
  PS384: { family: 'RSA', keyType: 'rsa' },
  PS512: { family: 'RSA', keyType: 'rsa' },
  ES256: { family: 'EC', keyType: 'ec', curve: 'prime256v1' },
  ES384: { family: 'EC', keyType: 'ec', curve: 'secp384r1' },
  ES512: { family: 'EC', keyType: 'ec', curve: 'secp521r1' },
  EdDSA: { family: 'EdDSA', keyType: 'ed25519' },
  Ed25519: { family: 'EdDSA', keyType: 'ed25519' },
} as const satisfies Record<string, AlgorithmTraits>

export type Algorithm = keyof typeof ALGORITHMS
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512'

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name)
}

export function isHmac(algorithm: Algorithm): algorithm is HmacAlgorithm {
  return ALGORITHMS[algorithm].family === 'HMAC'
}
