import { transportContract } from '@sluice/testing/contracts'
import { describe, it } from 'vitest'
import { frameEngine } from '../../src/engine/frame-engine.ts'
import { createWsEngine } from '../../src/engine/ws-engine.ts'
import { openWire } from './support/open-wire.ts'
import { STREAM_KINDS } from './support/streams.ts'

const limits = { maxMessageSize: 1_000, maxFragments: 10 }

describe.each(STREAM_KINDS)('over $name', ({ open }) => {
  describe.each([frameEngine, createWsEngine()])('the $name engine', (engine) => {
    const contract = transportContract({
      async open() {
        const pair = await open()
        const { transport } = openWire(engine, pair, { limits, isRead: false })
        return { transport, client: pair.client }
      },
    })
    for (const { name, run, skip } of contract) {
      it(name, async (context) => (skip === undefined ? run() : context.skip(skip)))
    }
  })
})
