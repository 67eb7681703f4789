import { describe, expect, it } from 'vitest'
import { assertJsonOptions, assertWaitOptions, resolveOptions, type TestClientOptions } from '../src/options.ts'

describe('resolveOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveOptions({})).toEqual({
      headers: {},
      query: '',
      cookies: {},
      origin: undefined,
      subprotocols: [],
      remoteAddress: '127.0.0.1',
      transport: 'memory',
      clock: undefined,
      faults: {
        seed: 1,
        latency: [0, 0],
        chunkSize: [65_536, 65_536],
        readRate: Infinity,
        duplicate: 0,
        corrupt: 0,
        resetAtUpgrade: false,
      },
      timeout: 5_000,
      raiseServerErrors: true,
    })
  })

  it('takes undefined for an option that was not given', () => {
    expect(resolveOptions({ origin: undefined, timeout: undefined })).toEqual(resolveOptions({}))
  })

  it('names an unknown option', () => {
    expect(() => resolveOptions({ orgin: 'https://a.example' } as TestClientOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION', message: expect.stringContaining("'orgin'") }),
    )
  })

  it.each<[string, unknown]>([
    ['headers', 'host: a'],
    ['headers', null],
    ['query', 5],
    ['cookies', { 'not a token': 'x' }],
    ['origin', 5],
    ['subprotocols', 'chat'],
    ['subprotocols', ['not a token']],
    ['remoteAddress', 'localhost'],
    ['transport', 'tcp'],
    ['timeout', '5'],
    ['timeout', -1],
    ['timeout', Number.NaN],
    ['timeout', Number.POSITIVE_INFINITY],
    ['raiseServerErrors', 1],
    ['clock', { now: () => 0 }],
    ['faults', 'all'],
  ])('refuses a wrong %s: %j', (name, value) => {
    expect(() => resolveOptions({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(`'${name}'`) }),
    )
  })

  it.each<[string, unknown]>([
    ['seed', 0.5],
    ['latency', -1],
    ['latency', [5, 1]],
    ['latency', [1, 2, 3]],
    ['chunkSize', 0],
    ['readRate', 0],
    ['duplicate', 1.1],
    ['corrupt', '1'],
    ['resetAtUpgrade', 1],
  ])('refuses a wrong fault %s: %j', (name, value) => {
    expect(() => resolveOptions({ faults: { [name]: value } })).toThrow(`'${name}'`)
  })

  it('names an unknown fault', () => {
    expect(() => resolveOptions({ faults: { loss: 1 } as object })).toThrow("unknown option 'loss'")
  })

  it('refuses a remote address that no socket can have', () => {
    expect(() => resolveOptions({ transport: 'socket', remoteAddress: '10.0.0.1' })).toThrow("'remoteAddress'")
    expect(resolveOptions({ transport: 'socket', remoteAddress: '127.9.9.9' }).remoteAddress).toBe('127.9.9.9')
  })
})

it('refuses unknown options of a receive', () => {
  expect(() => assertWaitOptions({ timout: 5 } as object)).toThrow("'timout'")
  expect(() => assertJsonOptions({ mode: 'bytes' } as object)).toThrow("'mode'")
  expect(assertJsonOptions({ mode: 'binary', timeout: 5 })).toBeUndefined()
})
