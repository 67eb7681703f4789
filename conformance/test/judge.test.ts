import { describe, expect, it } from 'vitest'
import { answered, failed, textEcho } from '../src/cases/case.ts'
import { judge } from '../src/judge.ts'
import type { Observation } from '../src/play.ts'
import { text } from '../src/wire/frame.ts'

const legal = answered('1.1.1', 'a text', [text('a')], [textEcho('a')])
const illegal = failed('3.2', 'a text and nonsense', [], { strict: [textEcho('a')] })

const wellClosed: Observation = {
  broken: undefined,
  violation: undefined,
  received: [textEcho('a')],
  closedFirst: 'us',
  closeReceived: { code: 1000, reason: '' },
  handshakeComplete: true,
  ended: true,
  declined: false,
}
const wellFailed: Observation = {
  ...wellClosed,
  closedFirst: 'testee',
  closeReceived: { code: 1002, reason: '' },
}

describe('a legal case', () => {
  it('is OK when the answers come and the end is clean', () => {
    expect(judge(legal, wellClosed, 'server')).toEqual({ verdict: 'OK', closeVerdict: 'OK', reasons: [] })
  })

  it.each([
    ['something else came', { received: [textEcho('b')] }],
    ['too much came', { received: [textEcho('a'), textEcho('a')] }],
    ['the testee broke a rule', { violation: 'reserved bits' }],
    ['the script got stuck', { broken: 'no echo' }],
  ])('is FAILED when %s', (_, change) => {
    expect(judge(legal, { ...wellClosed, ...change }, 'server').verdict).toBe('FAILED')
  })

  it.each([
    ['FAILED', 'the testee closes first', { closedFirst: 'testee' as const }],
    ['UNCLEAN', 'the close frame is not answered', { handshakeComplete: false, closeReceived: undefined }],
    ['WRONG CODE', 'the code is another', { closeReceived: { code: 1001, reason: '' } }],
    ['FAILED BY CLIENT', 'the server does not end the connection', { ended: false }],
  ])('has the close %s when %s', (closeVerdict, _, change) => {
    expect(judge(legal, { ...wellClosed, ...change }, 'server')).toMatchObject({ verdict: 'OK', closeVerdict })
  })

  it('is UNIMPLEMENTED when it needs an extension that was declined', () => {
    expect(judge(legal, { ...wellClosed, received: [], declined: true }, 'server').verdict).toBe('UNIMPLEMENTED')
  })
})

describe('an illegal case', () => {
  it('is OK when the testee fails the connection after the answers that were due', () => {
    expect(judge(illegal, wellFailed, 'server')).toEqual({ verdict: 'OK', closeVerdict: 'OK', reasons: [] })
  })

  it('is NON-STRICT when an answer under way was lost', () => {
    expect(judge(illegal, { ...wellFailed, received: [] }, 'server').verdict).toBe('NON-STRICT')
  })

  it('is OK when the connection is dropped without a close frame', () => {
    const dropped = { ...wellFailed, closeReceived: undefined, handshakeComplete: false }
    expect(judge(illegal, dropped, 'server')).toMatchObject({ verdict: 'OK', closeVerdict: 'OK' })
  })

  it.each([1000, 1007, undefined])('has the close WRONG CODE with code %s', (code) => {
    expect(judge(illegal, { ...wellFailed, closeReceived: { code, reason: '' } }, 'server').closeVerdict).toBe(
      'WRONG CODE',
    )
  })

  it('is FAILED when the testee lets it pass', () => {
    expect(judge(illegal, { ...wellFailed, closedFirst: undefined }, 'server').verdict).toBe('FAILED')
  })
})
