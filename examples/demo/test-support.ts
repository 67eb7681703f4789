import { type TestClientOptions, WebSocketTestClient, type WebSocketTestConnection } from '@sluice/testing'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'

/** Somebody who signed in. */
export interface SignedIn {
  /** The `Cookie` header that their browser sends. */
  readonly cookie: string
  /** What `Set-Cookie` said of the cookie. */
  readonly attributes: readonly string[]
  readonly token: string
}

export async function signIn(app: FastifyInstance, name: string, admin = false): Promise<SignedIn> {
  const response = await app.inject({ method: 'POST', url: '/login', payload: { name, admin } })
  const [cookie = '', ...attributes] = String(response.headers['set-cookie']).split('; ')
  return { cookie, attributes, token: response.json().token }
}

/** Knocks at a gate, as a page of the demo does. */
export function knock(
  app: FastifyInstance,
  path: string,
  options: TestClientOptions = {},
): Promise<WebSocketTestConnection> {
  return WebSocketTestClient.connect(app, `/ws/gates/${path}`, { origin: 'http://localhost', ...options })
}

/** Passes a gate, and reads the greeting. */
export async function enter(
  app: FastifyInstance,
  path: string,
  options?: TestClientOptions,
  name = 'stranger',
): Promise<WebSocketTestConnection> {
  const ws = await knock(app, path, options)
  expect(await ws.receiveText()).toBe(`Welcome, ${name}`)
  return ws
}

export async function expectEcho(ws: WebSocketTestConnection): Promise<void> {
  await ws.sendText('hello')
  expect(await ws.receiveText()).toBe('hello')
}
