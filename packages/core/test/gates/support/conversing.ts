import { isAuthenticated, jwtAuthentication, type TokenSource } from '@sluice/auth'
import type { RouteOptions, WebSocketConnection } from '@sluice/core'
import { SECRET } from './credentials.ts'
import type { Gate } from './gate.ts'

export const SECOND = 1_000
export const DAY = 86_400_000

/** The message by which a client proves or renews who it is. */
export function asMessage(token: string): string {
  return JSON.stringify({ type: 'auth', token })
}

/** Lets in whoever has a token, and converses. */
export function conversingGate(sources: readonly TokenSource[], route: RouteOptions = {}): Gate {
  const auth = [jwtAuthentication({ secret: SECRET, sources })]
  return { route: { auth, guards: [isAuthenticated()], ...route }, handler: converse }
}

/** Answers `who` with what is known of the peer, and everything else with what was heard. */
export async function converse(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  for await (const text of ws.iterText()) {
    if (text === 'who') await ws.sendJson([ws.auth?.userId, ...(ws.auth?.permissions ?? [])])
    else await ws.sendText(`heard ${text}`)
  }
}
