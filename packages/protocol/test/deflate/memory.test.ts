import { Buffer } from 'node:buffer'
import { expect, it } from 'vitest'
import { Deflater, Inflater, Receiver } from '../../src/index.ts'
import { RecordingSink } from '../support/recording-sink.ts'

const CONNECTIONS = 1000

it('CP-03 keeps less than 64 KB for each connection, with one message behind it', () => {
  const message = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `user ${id}` }))))
  const before = process.memoryUsage().rss
  const connections = Array.from({ length: CONNECTIONS }, () => {
    const deflater = new Deflater({ windowBits: 12, contextTakeover: false })
    const inflater = new Inflater({ windowBits: 12, contextTakeover: false })
    const receiver = new Receiver(
      { role: 'server', maxMessageSize: 1e6, maxFragments: 16, inflater },
      new RecordingSink(),
    )
    deflater.deflate(message, (payload) => {
      if (payload !== undefined) inflater.inflate(payload, 1e6, ({ ok }) => expect(ok).toBe(true))
    })
    return { deflater, receiver }
  })
  expect(connections).toHaveLength(CONNECTIONS)
  expect((process.memoryUsage().rss - before) / CONNECTIONS).toBeLessThan(64_000)
})
