export {
  type ApiKey,
  type ApiKeyContext,
  type ApiKeyLookupOptions,
  type ApiKeySetOptions,
  apiKeyAuthentication,
} from './api-key-authentication.ts'
export { allOf, anyOf, guard, not } from './guards/combinators.ts'
export {
  allowAny,
  hasAllPermissions,
  hasAnyPermission,
  hasPermission,
  isAdminUser,
  isAuthenticated,
  isStaff,
} from './guards/guards.ts'
export type { Algorithm } from './jwt/algorithms.ts'
export type { ClaimMapping, ClaimSource, JwtContext } from './jwt/claim-mapping.ts'
export { type CreateJwtOptions, createJwt } from './jwt/create-jwt.ts'
export { jwtAuthentication } from './jwt/jwt-authentication.ts'
export type { JwtOptions } from './jwt/jwt-options.ts'
export type { KeySetOptions } from './jwt/key-set.ts'
export { MemoryRevocationStore, type RevocationStore } from './jwt/revocation.ts'
export { type TicketBackend, type TicketOptions, ticketAuthentication } from './ticket/ticket-authentication.ts'
export { MemoryTicketStore, type Ticket, type TicketStore } from './ticket/ticket-store.ts'
export type { TokenSource } from './token/token-source.ts'
