import * as testing from '@sluice/testing'
import { expect, it } from 'vitest'

it('exports the client and what it throws', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'ConnectionClosed',
    'HandshakeDenied',
    'TestClientError',
    'TimeoutError',
    'WebSocketTestClient',
  ])
})
