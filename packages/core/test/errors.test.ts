import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorCode } from '../src/errors.ts'
import * as core from '../src/index.ts'

describe('the catalogue', () => {
  it('has a code and a sentence for each error', () => {
    for (const [code, meaning] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^ERR_[A-Z]+(_[A-Z]+)*$/)
      expect(meaning).toMatch(/^[A-Z].*\.$/)
    }
  })
})

const made: readonly (readonly [Error & { code: unknown }, string, ErrorCode | number, unknown])[] = [
  [new core.SluiceError('ERR_INVALID_PATH', 'text'), 'SluiceError', 'ERR_INVALID_PATH', core.SluiceError],
  [new core.UnsupportedDataError('text'), 'UnsupportedDataError', 'ERR_UNSUPPORTED_DATA', core.SluiceError],
  [new core.InvalidJsonError(new Error('why')), 'InvalidJsonError', 'ERR_INVALID_JSON', core.SluiceError],
  [new core.TimeoutError(5), 'TimeoutError', 'ERR_TIMEOUT', core.SluiceError],
  [new core.CloseCodeError(1006), 'CloseCodeError', 'ERR_INVALID_CLOSE_CODE', RangeError],
  [new core.WebSocketDisconnect(1001, 'gone'), 'WebSocketDisconnect', 1001, Error],
  [new core.WebSocketClose(4000), 'WebSocketClose', 4000, Error],
]

describe.each(made)('%s', (error, name, code, kind) => {
  it('can be told by its name, its code and its class', () => {
    expect(error).toBeInstanceOf(kind)
    expect(error.name).toBe(name)
    expect(error.code).toBe(code)
    expect(error.message).not.toBe('')
    expect(error.stack).toContain(name)
  })
})

describe('an error for handlers', () => {
  it('says what it knows', () => {
    expect(new core.WebSocketDisconnect(1001, 'gone').message).toBe('the connection ended with 1001 (gone)')
    expect(new core.WebSocketDisconnect(1006, '').message).toBe('the connection ended with 1006')
    expect(new core.WebSocketClose(4000, 'r')).toMatchObject({ code: 4000, reason: 'r' })
    expect(new core.WebSocketClose(4000).reason).toBe('')
    expect(new core.TimeoutError(300).message).toContain('300 ms')
    expect(new core.InvalidJsonError('cause').cause).toBe('cause')
  })
})

describe('HttpDenial', () => {
  it('takes a status, a detail and headers', () => {
    const headers = { 'X-A': '1' }
    const denial = new core.HttpDenial(402, { owed: 5 }, { headers })
    headers['X-A'] = 'changed'
    expect(denial).toMatchObject({ name: 'HttpDenial', status: 402, detail: { owed: 5 }, headers: { 'X-A': '1' } })
    expect(new core.HttpDenial(400, 'text').message).toBe('text')
    expect(new core.HttpDenial(400)).toMatchObject({ message: 'denied with 400', detail: undefined, headers: {} })
  })

  it.each([0, 101, 200, 302, 399, 600, 403.5, Number.NaN, '403', undefined])('refuses the status %s', (status) => {
    expect(() => new core.HttpDenial(status as number)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATUS' }))
  })
})
