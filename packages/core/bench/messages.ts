import Type from 'typebox'
import { z } from 'zod'
import { loadCodec } from '../src/codecs/load-codec.ts'
import { jsonCodec, type MessageCodec } from '../src/connection/codec.ts'
import { compileReceivedCheck } from '../src/connection/message-check.ts'
import { type ReadingPeer, valueReading } from '../src/connection/reading.ts'
import type { Schema } from '../src/schema/schema.ts'

/** What reading one message costs: processor time with and without a schema, and in each codec. */
const MESSAGES = 300_000
const MESSAGE = { type: 'chat.say', id: 12_345, room: 'lobby', text: 'hello there, world', tags: ['a', 'b', 'c'] }

const typebox = Type.Union([
  Type.Object({
    type: Type.Literal('chat.say'),
    id: Type.Integer(),
    room: Type.String(),
    text: Type.String({ maxLength: 500 }),
    tags: Type.Array(Type.String(), { maxItems: 10 }),
  }),
  Type.Object({ type: Type.Literal('chat.leave'), id: Type.Integer() }),
])
const zod = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('chat.say'),
    id: z.int(),
    room: z.string(),
    text: z.string().max(500),
    tags: z.array(z.string()).max(10),
  }),
  z.object({ type: z.literal('chat.leave'), id: z.int() }),
])

const codecs = [jsonCodec, await loadCodec('msgpack'), await loadCodec('cbor')]
const schemas: Record<string, Schema | null> = { none: null, typebox, zod }
const results = codecs.flatMap((codec) =>
  Object.entries(schemas).map(([schema, given]) => ({
    codec: codec.name,
    schema,
    'µs a message': measure(codec, given),
  })),
)
console.table(results)

function measure(codec: MessageCodec, schema: Schema | null): number {
  const check = schema === null ? null : compileReceivedCheck(schema)
  const peer: ReadingPeer = {
    rules: { onWrongType: 'throw', onInvalidJson: 'throw', onInvalidMessage: 'throw', maxDepth: 64, check },
    codec,
    close() {},
    send() {},
  }
  const encoded = codec.encode(MESSAGE)
  const message = typeof encoded === 'string' ? encoded : Buffer.from(encoded)
  const run = (count: number) => {
    for (let index = 0; index < count; index++) valueReading.convert(message, peer)
  }
  run(MESSAGES / 4)
  const before = process.cpuUsage()
  run(MESSAGES)
  const { user, system } = process.cpuUsage(before)
  return Number(((user + system) / MESSAGES).toFixed(3))
}
