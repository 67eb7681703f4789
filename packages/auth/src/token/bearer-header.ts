import type { UpgradeRequest } from '@sluice/core/ports'
import { isRepeated, type Presented } from './presented.ts'

/** Reads `Authorization: Bearer <token>` (RFC 6750, 2.1). Another scheme is another backend's business. */
export function readBearerHeader(request: UpgradeRequest): Presented {
  const { authorization } = request.headers
  if (authorization === undefined) return undefined
  if (!SCHEME.test(authorization)) return undefined
  const token = BEARER.exec(authorization)?.[1]
  if (token === undefined || isRepeated(request, 'authorization')) return { malformed: 'Authorization header' }
  return { token }
}

const SCHEME = /^bearer(?: |$)/i
const BEARER = /^bearer +([^\s,]+)$/i
