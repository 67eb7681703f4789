import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { resolveDrainOptions } from '../src/drain-options.ts'
import { createApi, type SluiceOptions } from '../src/index.ts'
import { resolveRouteOptions, resolveServerOptions, routeOptionsOf, securityOptionsOf } from '../src/options.ts'
import { VirtualClock } from './support/virtual-clock.ts'

describe('the defaults', () => {
  it('are those of the manual', () => {
    expect(resolveRouteOptions([{}])).toEqual({
      depends: {},
      subprotocols: [],
      requireSubprotocol: false,
      onWrongType: 'close',
      onInvalidJson: 'close',
      onInvalidMessage: 'reply',
      codec: 'json',
      tags: [],
      hidden: false,
      summary: undefined,
      description: undefined,
      compression: null,
      onBackpressure: [],
      onDrain: [],
      limits: {
        maxMessageSize: 1_048_576,
        maxFragments: 1_024,
        maxDepth: 64,
        messageTimeout: 30_000,
        closeTimeout: 5_000,
        messageRate: null,
        controlFrameRate: { rps: 100, burst: 1_000 },
        idleTimeout: null,
        heartbeat: { interval: 25_000, timeout: 10_000 },
        inbox: { messages: 100, bytes: 1_048_576 },
        backpressure: { highWaterMark: 1_048_576, policy: 'close', timeout: 30_000, window: 65_536 },
      },
    })
    expect(resolveServerOptions({})).toMatchObject({ engine: 'frame', clock: systemClock, onDenied: undefined })
    expect(resolveDrainOptions({})).toEqual({
      timeout: 30_000,
      code: 1001,
      delay: 0,
      batchSize: 500,
      interval: 100,
    })
  })

  it('of compression are those of the manual', () => {
    expect(resolveRouteOptions([{ compression: {} }]).compression).toEqual({
      threshold: 1_024,
      maxInflatedSize: 1_048_576,
      concurrency: 10,
      contextTakeover: false,
      serverMaxWindowBits: 12,
      clientMaxWindowBits: 12,
      level: 6,
      memLevel: 5,
    })
  })

  it('cannot be changed', () => {
    const settings = resolveRouteOptions([{ limits: { inbox: { messages: 5 } } }])
    for (const part of [settings, settings.limits, settings.limits.inbox, settings.limits.backpressure]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(Object.isFrozen(resolveServerOptions({}))).toBe(true)
  })
})

it('CP-02 a message inflates to no more than a message may hold', () => {
  const sizeOf = (compression: { maxInflatedSize?: number }) =>
    resolveRouteOptions([{ limits: { maxMessageSize: 5_000 } }, { compression }]).compression?.maxInflatedSize
  expect(sizeOf({})).toBe(5_000)
  expect(sizeOf({ maxInflatedSize: 1_000 })).toBe(1_000)
  expect(sizeOf({ maxInflatedSize: 10_000 })).toBe(5_000)
})

describe('layers', () => {
  it('the innermost counts, limits one by one', () => {
    const { limits, subprotocols, onWrongType } = resolveRouteOptions([
      { subprotocols: ['plugin'], onWrongType: 'throw', limits: { closeTimeout: 1, inbox: { messages: 1, bytes: 1 } } },
      { limits: { closeTimeout: 2, inbox: { bytes: 2 }, backpressure: { policy: 'dropNewest' } } },
      { subprotocols: ['route'], limits: { inbox: { bytes: 3 }, maxFragments: 3 } },
    ])
    expect({ subprotocols, onWrongType }).toEqual({ subprotocols: ['route'], onWrongType: 'throw' })
    expect(limits).toMatchObject({
      closeTimeout: 2,
      maxFragments: 3,
      inbox: { messages: 1, bytes: 3 },
      backpressure: { highWaterMark: 1_048_576, policy: 'dropNewest' },
    })
  })

  it('undefined is no value', () => {
    const undefinedOptions = { subprotocols: undefined, limits: { inbox: undefined, closeTimeout: undefined } } as never
    expect(resolveRouteOptions([{ subprotocols: ['a'], limits: { closeTimeout: 7 } }, undefinedOptions])).toMatchObject(
      {
        subprotocols: ['a'],
        limits: { closeTimeout: 7, inbox: { messages: 100 } },
      },
    )
  })

  it('leave what they were given alone', () => {
    const given = { limits: { inbox: { messages: 1 } }, tags: ['a'] }
    const before = structuredClone(given)
    resolveRouteOptions([given, { limits: { inbox: { bytes: 2 } } }])
    expect(given).toEqual(before)
  })

  it('tell the options of routes and of security from those of the server', () => {
    const options: SluiceOptions = { engine: 'ws', clock: new VirtualClock(), denial: 'close', tags: ['a'] }
    expect(routeOptionsOf(options)).toEqual({ denial: 'close', tags: ['a'] })
    expect(securityOptionsOf(options)).toEqual({ denial: 'close' })
  })
})

const ASYNC_CODEC = { name: 'mine', type: 'text', encode: String, decode: async (text: string) => text }

/** Options of routes, none of which is right, by the name that the message must hold. */
const WRONG: Record<string, readonly unknown[]> = {
  subprotocols: ['a', [5], ['a b'], [''], ['a\r\nb'], {}, null],
  requireSubprotocol: [1, 'true', null],
  onWrongType: ['ignore', true, null],
  onInvalidJson: ['coerce', 5],
  onInvalidMessage: ['drop', false, null],
  codec: [
    'protobuf',
    null,
    5,
    ['json'],
    { 'chat.v1': 'xml' },
    { name: 'mine', type: 'text', encode() {} },
    ASYNC_CODEC,
  ],
  handshakeTimeout: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, false],
  denial: ['closed', true],
  allowedOrigins: [5, ['*.com'], [5], 'example.com', null],
  requireOrigin: ['yes', 1, null],
  rateLimit: [true, { rps: 0 }, { rps: '5' }, {}, null],
  authFailureLimit: [true, { rps: -1 }],
  maxConnections: [0, 1.5, '5', Number.POSITIVE_INFINITY, null],
  maxConnectionsPerUser: [0, {}, { max: 0 }, { max: 1, policy: 'oldest' }, null],
  auth: [{}, [{}], [null], 'jwt', null],
  guards: [() => true, [() => true], [{}], null],
  compression: [
    true,
    null,
    { level: 0 },
    { level: 10 },
    { threshold: -1 },
    { maxInflatedSize: 0 },
    { concurrency: 0 },
    { serverMaxWindowBits: 7 },
    { nope: 1 },
  ],
  summary: [5, null],
  description: [{}, null],
  tags: ['a', [5], null],
  hidden: [1, 'no', null],
  limits: [5, 'big', null, [], () => {}],
  'limits.maxMessageSize': [0, -1, 1.5, '5', Number.NaN, Number.POSITIVE_INFINITY, null, 2 ** 53],
  'limits.maxFragments': [0, 1.5, '5'],
  'limits.messageTimeout': [0, '5'],
  'limits.closeTimeout': [0, -5, '5', false],
  'limits.messageRate': [5, null, true, {}, { burst: 5 }],
  'limits.messageRate.rate': [0, -1, '5', Number.NaN, Number.POSITIVE_INFINITY],
  'limits.messageRate.burst': [0, 0.5, '5'],
  'limits.messageRate.per': ['frame', 5, null],
  'limits.messageRate.action': ['ban', false, null],
  'limits.controlFrameRate': [5, null, true, {}],
  'limits.controlFrameRate.rate': [0, '5'],
  'limits.controlFrameRate.burst': [0, '5'],
  'limits.idleTimeout': [0, -5, '5', true, null],
  'limits.heartbeat': [5, null, true],
  'limits.heartbeat.interval': [0, 1.5, '5', false],
  'limits.heartbeat.timeout': [0, 1.5, '5', false],
  'limits.inbox': [5, null, []],
  'limits.inbox.messages': [0, '5', Number.NaN],
  'limits.inbox.bytes': [0, '5'],
  'limits.backpressure': [5, null, 'close'],
  'limits.backpressure.highWaterMark': [0, 1.5],
  'limits.backpressure.policy': ['drop', 5, null],
}

const WRONG_OF_SERVER: Record<string, readonly unknown[]> = {
  engine: ['uws', null, {}],
  clock: [5, null, {}, { now: () => 0 }, Date],
  rateStore: [5, null, {}, () => {}],
  converters: [5, null, { hex: {} }, { hex: null }, { int: { parse: () => 1 } }, { hex: { parse: async () => 1 } }],
  onDenied: [{}, 'log', null],
  silenceWarnings: ['x', ['NO_SUCH'], [5], null],
}

/** One row for each value, also for one that is a list. */
function each(values: readonly unknown[] = []): [unknown][] {
  return values.map((value) => [value])
}

/** `{ limits: { inbox: 5 } }` of `limits.inbox` and 5. */
function nestedOption(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object
}

describe.each(Object.keys(WRONG))('the option %s', (name) => {
  it.each(each(WRONG[name]))('is refused when it is %s, and the message names it', (value) => {
    const given = nestedOption(name, value)
    const refusal = expect.objectContaining({
      code: expect.stringMatching(/^ERR_(INVALID|UNKNOWN)_OPTION$/),
      message: expect.stringMatching(new RegExp(`\\b${name.replaceAll('.', '\\.')}(?!\\.['\\s])`)),
    })
    expect(() => resolveRouteOptions([given])).toThrow(refusal)
    expect(() => resolveServerOptions(given)).not.toThrow(TypeError)
    expect(() => createApi(given)).toThrow(refusal)
    expect(() => createApi().websocket('/ws', given, () => {})).toThrow(refusal)
  })
})

describe.each(Object.keys(WRONG_OF_SERVER))('the option %s of the plugin', (name) => {
  it.each(each(WRONG_OF_SERVER[name]))('is refused when it is %s, and the message names it', (value) => {
    expect(() => resolveServerOptions({ [name]: value } as SluiceOptions)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^ERR_(INVALID|UNKNOWN)_OPTION$/),
        message: expect.stringContaining(name),
      }),
    )
  })

  it('is unknown to routes', () => {
    expect(() => resolveRouteOptions([{ [name]: {} }])).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION', message: expect.stringContaining(`'${name}'`) }),
    )
  })
})

describe('an option that does not exist', () => {
  it.each([
    'gaurds',
    'auht',
    'allowedOrigin',
    'Subprotocols',
    'constructor',
    'toString',
    'limits.inbx',
    'limits.inbox.mesages',
    'limits.heartbeat.intervall',
    'limits.messageRate.rps',
  ])('GD-08 %s is refused with those that there are', (path) => {
    const given = nestedOption(path, 1)
    for (const resolve of [() => resolveRouteOptions([given]), () => resolveServerOptions(given)]) {
      expect(resolve).toThrow(
        expect.objectContaining({
          code: 'ERR_UNKNOWN_OPTION',
          message: expect.stringMatching(new RegExp(`'${path}'; there are `)),
        }),
      )
    }
  })

  it.each(each([null, 5, 'options', []]))('options that are %s are refused', (given) => {
    expect(() => resolveRouteOptions([given as never])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})
