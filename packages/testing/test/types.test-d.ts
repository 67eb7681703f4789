import { createApi, type WebSocketConnection } from '@sluice/core'
import {
  type HandshakeDenied,
  type TestApp,
  type TestClientOptions,
  WebSocketTestClient,
  type WebSocketTestConnection,
} from '@sluice/testing'
import fastify, { type FastifyInstance, type FastifyTypeProvider } from 'fastify'
import { describe, expectTypeOf, it } from 'vitest'

interface OtherTypes extends FastifyTypeProvider {
  readonly validator: string
}

describe('what a client connects to', () => {
  it('is a Fastify instance of any kind, or an api', () => {
    expectTypeOf<FastifyInstance>().toExtend<TestApp>()
    expectTypeOf(fastify({ https: {} })).toExtend<TestApp>()
    expectTypeOf(fastify().withTypeProvider<OtherTypes>()).toExtend<TestApp>()
    expectTypeOf(createApi().websocket('/ws/{id:int}', (ws) => ws.accept())).toExtend<TestApp>()
    // @ts-expect-error an app is an object with a server
    new WebSocketTestClient('http://localhost', '/ws')
  })
})

describe('the options', () => {
  it('may be undefined, and must be known', () => {
    expectTypeOf<{ origin: string | undefined }>().toExtend<TestClientOptions>()
    // @ts-expect-error misspelt
    new WebSocketTestClient(fastify(), '/ws', { orgin: 'https://a.example' })
    new WebSocketTestClient(fastify(), '/ws', { overrides: { db: (ws) => ws.path } })
    const needsItem = (ws: WebSocketConnection<{ params: { readonly item: number } }>) => ws.params.item
    new WebSocketTestClient(fastify(), '/ws', { overrides: [[needsItem, () => 7]] })
    // @ts-expect-error a stand-in is a function
    new WebSocketTestClient(fastify(), '/ws', { overrides: { db: 'fake' } })
    // @ts-expect-error no such transport
    new WebSocketTestClient(fastify(), '/ws', { transport: 'tcp' })
  })
})

describe('the connection', () => {
  it('can be used with `await using`, and says what it gives', () => {
    expectTypeOf<WebSocketTestConnection>().toExtend<AsyncDisposable>()
    expectTypeOf<WebSocketTestConnection['receiveJson']>().returns.resolves.toBeUnknown()
    expectTypeOf<WebSocketTestConnection['closeCode']>().toEqualTypeOf<number | null>()
    expectTypeOf<ReturnType<WebSocketTestConnection['iterBytes']>>().toExtend<AsyncIterable<Buffer>>()
    expectTypeOf<HandshakeDenied['stage']>()
      .extract<'origin' | 'handler' | 'upgrade'>()
      .toEqualTypeOf<'origin' | 'handler' | 'upgrade'>()
  })
})
