import { expect, it } from 'vitest'
import * as core from '../src/index.ts'
import * as internal from '../src/internal.ts'
import * as ports from '../src/ports.ts'

it('the package exports these values', () => {
  expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
    [
      "CloseCode",
      "CloseCodeError",
      "HttpDenial",
      "InvalidJsonError",
      "InvalidMessageError",
      "STAGE_ORDER",
      "SluiceError",
      "TimeoutError",
      "UndecodableMessageError",
      "UnsupportedDataError",
      "WebSocketClose",
      "WebSocketDisconnect",
      "attach",
      "broadcast",
      "closeOnSignals",
      "createApi",
      "createAuthContext",
      "createDenial",
      "createRedisRateStore",
      "default",
      "dependency",
      "prepareMessage",
      "protect",
      "sluice",
    ]
  `)
  expect(core.default).toBe(core.sluice)
})

it('@sluice/core/ports exports these values', () => {
  expect(Object.keys(ports).sort()).toMatchInlineSnapshot(`
    [
      "SluiceError",
      "createAuthContext",
      "createDenial",
      "isDenial",
      "systemClock",
    ]
  `)
})

it('@sluice/core/internal exports these values', () => {
  expect(Object.keys(internal).sort()).toMatchInlineSnapshot(`
    [
      "SluiceServer",
      "backendsOf",
      "isDependency",
      "parseAuthMessage",
      "redactUrl",
      "secretQueryParams",
      "serverOf",
      "withoutCredentials",
    ]
  `)
})
