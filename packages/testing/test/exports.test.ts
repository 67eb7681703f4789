import * as testing from '@sluice/testing'
import * as contracts from '@sluice/testing/contracts'
import { expect, it } from 'vitest'

it('exports the client, its clock and what they throw', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'ConnectionClosed',
    'HandshakeDenied',
    'TestClientError',
    'TestConnections',
    'TimeoutError',
    'WebSocketTestClient',
    'connectMany',
    'expectBroadcast',
    'expectClosed',
    'expectDenied',
    'expectMessage',
    'expectNoMessage',
    'formatTranscript',
    'mergeTranscripts',
    'replay',
    'virtualClock',
  ])
})

it('exports a contract for each kind of part', () => {
  expect(Object.keys(contracts).sort()).toEqual([
    'authBackendContract',
    'guardContract',
    'rateStoreContract',
    'transportContract',
  ])
})
