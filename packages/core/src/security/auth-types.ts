import type { AuthBackend, AuthContext, Guard } from './ports.ts'

/**
 * What `ws.auth` is on a route with these backends and guards: the context of whichever backend answered, narrowed by
 * what the guards prove, and `null` unless one of them proves that somebody is there.
 */
export type AuthOf<Backends extends readonly AuthBackend[], Guards extends readonly Guard[]> =
  ProofOf<Guards> extends infer Proof
    ? unknown extends Proof
      ? ContextOf<Backends> | null
      : ContextOf<Backends> & Proof
    : never

/** What is known of `auth` once all guards of a list allowed; `unknown` when they prove nothing. */
export type ProofOf<Guards extends readonly Guard[]> = Guards extends readonly [
  infer First extends Guard,
  ...infer Rest extends readonly Guard[],
]
  ? First extends { readonly isFinal: true }
    ? ProofOfGuard<First>
    : ProofOfGuard<First> & ProofOf<Rest>
  : unknown

/** What is known of `auth` once any one guard of a list allowed. */
export type AnyProofOf<Guards extends readonly Guard[]> = Guards extends readonly [infer First extends Guard]
  ? ProofOfGuard<First>
  : Guards extends readonly [infer First extends Guard, ...infer Rest extends readonly Guard[]]
    ? ProofOfGuard<First> | AnyProofOf<Rest>
    : unknown

/** Proof that the peer is somebody. */
export type Authenticated = AuthContext & { readonly userId: string }

type ProofOfGuard<G extends Guard> = G extends Guard<infer Proof> ? Proof : unknown

type ContextOf<Backends extends readonly AuthBackend[]> = Backends extends readonly []
  ? AuthContext
  : Backends[number] extends AuthBackend<infer Context>
    ? Context
    : AuthContext
