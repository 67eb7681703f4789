import * as testing from '@sluice/testing'
import { expect, it } from 'vitest'

it('exports the client, its clock and what they throw', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'ConnectionClosed',
    'HandshakeDenied',
    'TestClientError',
    'TimeoutError',
    'WebSocketTestClient',
    'expectBroadcast',
    'expectClosed',
    'expectDenied',
    'expectMessage',
    'expectNoMessage',
    'formatTranscript',
    'mergeTranscripts',
    'virtualClock',
  ])
})
