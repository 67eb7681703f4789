import { frameEngine } from '../../src/engine/frame-engine.ts'
import { createWsEngine } from '../../src/engine/ws-engine.ts'
import { STREAM_KINDS } from './support/streams.ts'
import { transportContract } from './transport-contract.ts'

const NO_QUEUE = 'ws hands all frames to the stream at once, where nothing can pass'

const WS_SKIPS = {
  'PR-08 answers pings past a queue that is blocked, and only the last': NO_QUEUE,
  'BP-06 sends a ping past a queue that is blocked': NO_QUEUE,
  'BP-06 fails past a queue that is blocked': NO_QUEUE,
  'PR-19 tells of its end once: a message that takes too long': 'ws tells of whole messages only',
  'tells that the peer closes before it tells of the end': 'ws tells of a close frame at the end only',
  'cuts a peer that closes and reads nothing': 'ws counts this time by the clock of Node',
}

for (const streams of STREAM_KINDS) {
  // A TLS handshake costs as much as hundreds of the others.
  const rounds = streams.name === 'tls' ? 5 : 100
  transportContract(`frame over ${streams.name}`, { createEngine: () => frameEngine, streams, rounds, skip: {} })
  transportContract(`ws over ${streams.name}`, { createEngine: createWsEngine, streams, rounds, skip: WS_SKIPS })
}
