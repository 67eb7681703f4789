import { WebSocketTestClient } from '@sluice/testing'
import Type from 'typebox'
import { afterEach, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { MessageOptions } from '../../src/index.ts'
import { appWith } from './support.ts'

const send = z.object({ n: z.number(), at: z.string().default('now') })

/** Sends a value that the schema refuses and then one that it takes, and tells what became of both. */
async function sendBoth(messages: MessageOptions): Promise<{ error: unknown; received: unknown[] }> {
  let error: unknown
  const app = await appWith((api) =>
    api.websocket('/ws', { messages }, async (ws) => {
      await ws.accept()
      await ws.sendJson({ n: 'x' }).catch((reason: unknown) => {
        error = reason
      })
      await ws.sendJson({ n: 5, extra: true })
    }),
  )
  await using ws = await WebSocketTestClient.connect(app, '/ws')
  const received: unknown[] = []
  for await (const value of ws.iterJson()) received.push(value)
  return { error, received }
}

afterEach(() => vi.unstubAllEnvs())

it('throws at who sends an invalid message, and sends nothing', async () => {
  const { error, received } = await sendBoth({ send })
  expect(error).toMatchObject({ code: 'ERR_INVALID_MESSAGE', direction: 'sent', issues: [{ path: ['n'] }] })
  expect(received).toEqual([{ n: 5, extra: true }])
})

it('does not validate in production, or where it is switched off', async () => {
  const unchecked = { error: undefined, received: [{ n: 'x' }, { n: 5, extra: true }] }
  expect(await sendBoth({ send, validateSend: false })).toEqual(unchecked)
  vi.stubEnv('NODE_ENV', 'production')
  expect(await sendBoth({ send })).toEqual(unchecked)
  expect(await sendBoth({ send, validateSend: true })).toMatchObject({ received: [{ n: 5 }] })
})

it('sends what it was given, and leaves it as it is', async () => {
  const at = Type.Codec(Type.String())
    .Decode((text) => new Date(text))
    .Encode((date) => date.toISOString())
  const given = { at: '2026-11-21' }
  const app = await appWith((api) =>
    api.websocket('/ws', { messages: { send: Type.Object({ at }) } }, async (ws) => {
      await ws.accept()
      await ws.sendJson(given)
    }),
  )
  await using ws = await WebSocketTestClient.connect(app, '/ws')
  expect(await ws.receiveJson()).toEqual({ at: '2026-11-21' })
  expect(given.at).toBe('2026-11-21')
})

it('ends the connection as any error of a handler where nobody catches it, and the peer learns nothing', async () => {
  const app = await appWith((api) =>
    api.websocket('/ws', { messages: { send } }, async (ws) => {
      await ws.accept()
      await ws.sendJson({ n: 'secret' as never })
    }),
  )
  await using ws = await WebSocketTestClient.connect(app, '/ws', { raiseServerErrors: false })
  await expect(ws.receive()).rejects.toMatchObject({ code: 1011, reason: 'Internal error' })
})
