import { createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from 'node:crypto'
import { type Clock, SluiceError, type WarningCode } from '@sluice/core/ports'
import {
  ALGORITHMS,
  type Algorithm,
  type AlgorithmTraits,
  type HmacAlgorithm,
  isAlgorithm,
  isHmac,
} from './algorithms.ts'
import type { JwtOptions } from './jwt-options.ts'
import { createRemoteKeySet, createStaticKeySet, type FindKey } from './key-set.ts'
import { createHmacVerifier, createPublicKeyVerifier, type VerifySignature } from './verify-signature.ts'

/** How the signatures of a backend are verified. */
export interface ResolvedKey {
  readonly verifierFor: (clock: Clock) => VerifySignature
  readonly warnings: readonly WarningCode[]
}

/**
 * Makes the verifier of the one key that was given, and refuses a key that does not go with its algorithms.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function resolveKey(given: JwtOptions): ResolvedKey {
  const { secret, publicKey, jwks } = given
  const keys = [secret, publicKey, jwks].filter((key) => key !== undefined)
  if (keys.length !== 1) throw invalid('give exactly one of secret, publicKey and jwks')
  if (secret !== undefined) return resolveSecret(secret, resolveAlgorithms(given.algorithms ?? ['HS256']))
  const algorithms = resolveAlgorithms(given.algorithms)
  if (algorithms.some(isHmac)) throw invalid('algorithms: HMAC needs a secret, not a public key')
  if (publicKey !== undefined) return resolvePublicKey(publicKey, algorithms)
  return resolveKeySet(jwks, algorithms)
}

function resolveAlgorithms(given: readonly unknown[] | undefined): readonly Algorithm[] {
  if (!Array.isArray(given) || given.length === 0) throw invalid('algorithms must be listed')
  const unknown = given.find((name) => !isAlgorithm(name))
  if (unknown !== undefined) throw invalid(`algorithms: ${String(unknown)} is not one of ${Object.keys(ALGORITHMS)}`)
  return given as Algorithm[]
}

function resolveSecret(given: string | Uint8Array | KeyObject, algorithms: readonly Algorithm[]): ResolvedKey {
  const hmac = algorithms.filter(isHmac)
  if (hmac.length < algorithms.length) throw invalid('algorithms: a secret is for HS256, HS384 and HS512 only')
  const bytes = given instanceof KeyObject ? exportSecret(given) : Buffer.from(given as string)
  if (bytes.length === 0) throw invalid('secret is empty')
  if (PUBLIC_KEY_TEXT.test(bytes.toString('latin1'))) {
    throw invalid('secret is a public or private key: whoever has the public one could sign tokens with it')
  }
  const verify = createHmacVerifier(createSecretKey(bytes), hmac)
  const isShort = bytes.length < Math.max(...hmac.map((name: HmacAlgorithm) => ALGORITHMS[name].secretBytes))
  return { verifierFor: () => verify, warnings: isShort ? ['SLUICE_WARN_SHORT_SECRET'] : [] }
}

function exportSecret(key: KeyObject): Buffer {
  if (key.type !== 'secret') throw invalid('secret is not a secret key')
  return key.export()
}

/** PEM in any dress, OpenSSH's one-liners, and JWKs. */
const PUBLIC_KEY_TEXT = /-----BEGIN|^\s*(?:ssh-|ecdsa-)|"kty"\s*:/

function resolvePublicKey(given: string | KeyObject | JsonWebKey, algorithms: readonly Algorithm[]): ResolvedKey {
  const key = importPublicKey(given)
  const [first] = algorithms
  if (algorithms.some((name) => first === undefined || ALGORITHMS[name].family !== ALGORITHMS[first].family)) {
    throw invalid('algorithms: a key is of one family, so its algorithms must be')
  }
  for (const algorithm of algorithms) assertKeyFits(key, algorithm)
  const verify = createPublicKeyVerifier(key, algorithms)
  return { verifierFor: () => verify, warnings: [] }
}

function importPublicKey(given: string | KeyObject | JsonWebKey): KeyObject {
  if (given instanceof KeyObject) {
    if (given.type !== 'public') throw invalid(`publicKey is a ${given.type} key`)
    return given
  }
  if (typeof given === 'string' && given.includes('PRIVATE KEY')) throw invalid('publicKey is a private key')
  try {
    return createPublicKey(typeof given === 'string' ? given.trim() : { key: given, format: 'jwk' })
  } catch (cause) {
    throw invalid('publicKey cannot be read', cause)
  }
}

function assertKeyFits(key: KeyObject, algorithm: Algorithm): void {
  const wanted: AlgorithmTraits = ALGORITHMS[algorithm]
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const isOfType =
    key.asymmetricKeyType === wanted.keyType && (wanted.curve === undefined || wanted.curve === namedCurve)
  if (!isOfType) throw invalid(`publicKey is not for ${algorithm}`)
  // RFC 7518, 3.3.
  if (wanted.keyType === 'rsa' && modulusLength < 2048) throw invalid('publicKey: RSA needs 2048 bits')
}

function resolveKeySet(given: JwtOptions['jwks'], algorithms: readonly Algorithm[]): ResolvedKey {
  const find = keySetOf(given)
  return { verifierFor: (clock) => createPublicKeyVerifier(find(clock), algorithms), warnings: [] }
}

function keySetOf(given: JwtOptions['jwks']): FindKey {
  if (typeof given === 'string' || given instanceof URL) return createRemoteKeySet({ url: given })
  if (typeof given === 'object' && given !== null) {
    return 'keys' in given ? createStaticKeySet(given) : createRemoteKeySet(given)
  }
  throw invalid('jwks must be an address or a JSON Web Key Set')
}

/** The error for a wrong option of `jwtAuthentication`. */
export function invalid(rule: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `jwtAuthentication: ${rule}`, { cause })
}
