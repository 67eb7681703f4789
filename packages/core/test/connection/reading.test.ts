import { describe, expect, it } from 'vitest'
import { jsonCodec } from '../../src/connection/codec.ts'
import {
  binaryJsonReading,
  bytesReading,
  iteratorReading,
  messageReading,
  type Reading,
  type ReadingPeer,
  SKIPPED,
  textReading,
  valueReading,
} from '../../src/connection/reading.ts'
import { WebSocketDisconnect } from '../../src/errors.ts'
import { READING_RULES } from '../support/reading-rules.ts'

function createPeer(rules: Partial<ReadingPeer['rules']> = {}) {
  const done: unknown[] = []
  const peer: ReadingPeer = {
    rules: { ...READING_RULES, ...rules },
    codec: jsonCodec,
    close: (code, reason) => done.push([code, reason]),
    send: (data) => done.push(data),
  }
  return { peer, done }
}

const bytes = Buffer.from('"é"')
const gone = new WebSocketDisconnect(1001, '')

const READINGS: readonly (readonly [string, Reading<unknown>, string | Buffer, unknown])[] = [
  ['a message', messageReading, 'x', { type: 'text', data: 'x' }],
  ['a message', messageReading, bytes, { type: 'binary', data: bytes }],
  ['text', textReading, '', ''],
  ['bytes', bytesReading, bytes, bytes],
  ['JSON', valueReading, '"é"', 'é'],
  ['binary JSON', binaryJsonReading, bytes, 'é'],
]

describe.each(READINGS)('reading %s', (_, reading, message, value) => {
  it('gives its value, and does nothing to the connection', () => {
    const { peer, done } = createPeer()
    expect(reading.convert(message, peer)).toEqual(value)
    expect(done).toEqual([])
  })

  it('throws at the end; as a step of an iterator it is done', () => {
    expect(() => reading.atEnd(gone)).toThrow(gone)
    const { peer } = createPeer()
    const step = iteratorReading(reading)
    expect(step.convert(message, peer)).toEqual({ value, done: false })
    expect(step.atEnd(gone)).toEqual({ value: undefined, done: true })
  })
})

describe('the wrong kind', () => {
  const wrong = [
    [textReading, bytes, 'text'],
    [bytesReading, 'x', 'binary'],
    [valueReading, bytes, 'text'],
    [binaryJsonReading, '5', 'binary'],
  ] as const

  it.each(wrong)('MS-12 is closed, thrown or converted', (reading: Reading<unknown>, message, expected) => {
    const refusal = expect.objectContaining({ code: 'ERR_UNSUPPORTED_DATA', message: `expected a ${expected} message` })
    const closing = createPeer()
    expect(() => reading.convert(message, closing.peer)).toThrow(refusal)
    expect(closing.done).toEqual([[1003, `Expected a ${expected} message`]])
    const throwing = createPeer({ onWrongType: 'throw' })
    expect(() => reading.convert(message, throwing.peer)).toThrow(refusal)
    const coercing = createPeer({ onWrongType: 'coerce' })
    expect(reading.convert(message, coercing.peer)).not.toBe(SKIPPED)
    expect([...throwing.done, ...coercing.done]).toEqual([])
  })
})

describe('bad JSON', () => {
  it('MS-08 is closed, thrown or answered', () => {
    const closing = createPeer()
    expect(() => valueReading.convert('{', closing.peer)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_JSON' }))
    expect(closing.done).toEqual([[1007, 'Invalid JSON']])
    const throwing = createPeer({ onInvalidJson: 'throw' })
    expect(() => valueReading.convert('{', throwing.peer)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_JSON' }),
    )
    expect(throwing.done).toEqual([])
    const replying = createPeer({ onInvalidJson: 'reply' })
    expect(valueReading.convert('{', replying.peer)).toBe(SKIPPED)
    expect(iteratorReading(valueReading).convert('{', replying.peer)).toBe(SKIPPED)
    expect(replying.done).toEqual(Array(2).fill('{"type":"error","code":"invalid_json"}'))
  })

  it('MS-08 keeps the cause for the log, and its message is short', () => {
    const { peer } = createPeer({ onInvalidJson: 'throw' })
    try {
      valueReading.convert('{"token":"hunter2"', peer)
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message).toBe('the message is not valid JSON')
      expect((error as Error).cause).toBeInstanceOf(SyntaxError)
    }
  })
})
