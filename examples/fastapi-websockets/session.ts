import { HttpDenial, type WebSocketConnection } from '@sluice/core'

/** What a client proves itself with: a cookie, which browsers send by themselves, or a token in the query. */
export interface Session {
  readonly from: 'cookie' | 'query'
  readonly value: string
}

/** The session of a client, which is denied without one. */
export function session(ws: WebSocketConnection): Session {
  const { session } = ws.cookies
  const { token } = ws.query
  if (typeof session === 'string') return { from: 'cookie', value: session }
  if (typeof token === 'string') return { from: 'query', value: token }
  throw new HttpDenial(401, 'A session cookie or a token is needed')
}
