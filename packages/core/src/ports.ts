export { type Clock, systemClock, type Timer } from './clock.ts'
export type { BytesListener, CloseEvent, CloseInitiator, Transport, TransportListener } from './connection/transport.ts'
export { SluiceError } from './errors.ts'
export { type AuthContextInit, createAuthContext } from './security/auth-context.ts'
export type { AnyProofOf, Authenticated, AuthOf, ProofOf } from './security/auth-types.ts'
export { createDenial, type Denial, type DenialCode, isDenial } from './security/denial.ts'
export type {
  AuthBackend,
  AuthContext,
  Authentication,
  Guard,
  GuardContext,
  GuardVerdict,
  UpgradeRequest,
} from './security/ports.ts'
export type { RateDecision, RateStore } from './security/rate-store.ts'
export type { WarningCode } from './security/warnings.ts'
