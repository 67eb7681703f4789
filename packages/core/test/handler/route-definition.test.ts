import { describe, expect, it } from 'vitest'
import { defineRoute, defineTurboRoute } from '../../src/handler/route-definition.ts'
import { createApi } from '../../src/index.ts'

const handler = async () => {}

describe('defineRoute', () => {
  it('takes a handler, with or without options', () => {
    expect(defineRoute('/a', handler, undefined)).toEqual({
      path: '/a',
      options: {},
      inputs: [],
      messages: { received: null, sent: null },
      handler: { style: 'handler', run: handler },
    })
    expect(defineRoute('/a', { tags: ['x'] }, handler)).toEqual({
      path: '/a',
      options: { tags: ['x'] },
      inputs: [],
      messages: { received: null, sent: null },
      handler: { style: 'handler', run: handler },
    })
  })

  it('takes callbacks among the options', () => {
    const given = { tags: ['x'], onConnect: handler, onMessage: handler, onDisconnect: undefined }
    expect(defineRoute('/a', given, undefined)).toEqual({
      path: '/a',
      options: { tags: ['x'] },
      inputs: [],
      messages: { received: null, sent: null },
      handler: { style: 'callbacks', callbacks: { onConnect: handler, onMessage: handler } },
    })
    expect(given).toHaveProperty('onConnect')
  })

  it('takes batches among the options, with defaults', () => {
    const given = { tags: ['x'], batch: { size: 7, timeout: undefined }, onBatch: handler, onDisconnect: handler }
    expect(defineRoute('/a', given, undefined)).toEqual({
      path: '/a',
      options: { tags: ['x'] },
      inputs: [],
      messages: { received: null, sent: null },
      handler: {
        style: 'batch',
        batch: { size: 7, timeout: 100, maxBytes: 1_048_576 },
        callbacks: { onBatch: handler, onDisconnect: handler },
      },
    })
    expect(defineRoute('/a', { onBatch: handler }, undefined).handler).toMatchObject({ batch: { size: 50 } })
  })

  it.each([
    [{ size: 0 }, 'batch.size'],
    [{ size: 1.5 }, 'batch.size'],
    [{ timeout: 0 }, 'batch.timeout'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'batch.timeout'],
    [{ maxBytes: '1' }, 'batch.maxBytes'],
    [{ bytes: 1 }, 'batch.bytes'],
    [50, 'batch'],
    [null, 'batch'],
    [[], 'batch'],
  ])('refuses the batch %j, and names the option', (batch, name) => {
    expect(() => createApi().websocket('/a', { batch, onBatch: handler } as never)).toThrow(
      expect.objectContaining({ name: 'SluiceError', message: expect.stringContaining(`'${name}'`) }),
    )
  })

  it.each([
    ['nothing', [undefined, undefined], 'takes a handler'],
    ['null', [null, handler], 'takes a handler'],
    ['text', ['text', handler], 'takes a handler'],
    ['options alone', [{}, undefined], 'has neither a handler nor a callback'],
    ['callbacks that are undefined', [{ onMessage: undefined }, undefined], 'has neither a handler nor a callback'],
    ['a handler that is an object', [{}, {}], 'has a handler that is not a function'],
    ['a handler that is null', [{}, null], 'has a handler that is not a function'],
    ['a callback that is text', [{ onMessage: 'x' }, undefined], 'has a onMessage that is not a function'],
    ['batches without onBatch', [{ batch: {}, onMessage: handler }, undefined], 'has batch without onBatch'],
    ['batches for a handler', [{ batch: {} }, handler], 'has batch without onBatch'],
    ['messages in both ways', [{ onBatch: handler, onMessage: handler }, undefined], 'has onMessage and onBatch'],
    ['a handler and onBatch', [{ onBatch: handler }, handler], 'choose one style'],
    ['both styles', [{ onMessage: handler }, handler], 'choose one style'],
  ])('refuses %s, and names the route', (_, [second, third], text) => {
    const refusal = expect.objectContaining({
      code: 'ERR_INVALID_HANDLER',
      message: expect.stringMatching(new RegExp(`'/a'.*${text}`)),
    })
    expect(() => defineRoute('/a', second, third)).toThrow(refusal)
    expect(() => createApi().websocket('/a', second as never, third as never)).toThrow(refusal)
  })
})

describe('a turbo route', () => {
  const declare = (path: string, ...others: unknown[]) =>
    (createApi().turboWebsocket as (...given: unknown[]) => unknown)(path, ...others)

  it('has its options beside those of other routes', () => {
    expect(defineTurboRoute('/a', { mode: 'echo', tags: ['x'], responsePrefix: undefined })).toEqual({
      path: '/a',
      options: { tags: ['x'] },
      inputs: [],
      messages: { received: null, sent: null },
      handler: {
        style: 'turbo',
        turbo: { mode: 'echo', prefix: Buffer.alloc(0), includeSender: true, room: undefined },
      },
    })
    const given = { mode: 'broadcast', responsePrefix: 'ü', includeSender: false, room: 'r:{id}' }
    expect(defineTurboRoute('/{id}', given).handler).toEqual({
      style: 'turbo',
      turbo: { mode: 'broadcast', prefix: Buffer.from('ü'), includeSender: false, room: 'r:{id}' },
    })
  })

  it.each([
    ['no mode', {}, 'mode'],
    ['a mode that there is not', { mode: 'shout' }, 'mode'],
    ['a prefix of bytes', { mode: 'echo', responsePrefix: Buffer.from('x') }, 'responsePrefix'],
    ['a room for an echo', { mode: 'echo', room: 'x' }, 'room'],
    ['senders for an echo', { mode: 'echo', includeSender: true }, 'includeSender'],
    ['an empty room', { mode: 'broadcast', room: '' }, 'room'],
    ['a room without its parameter', { mode: 'broadcast', room: '{id}-{nope}' }, 'room'],
    ['what includes no sender', { mode: 'broadcast', includeSender: 'no' }, 'includeSender'],
    ['an option that there is not', { mode: 'echo', prefix: 'x' }, 'prefix'],
  ])('refuses %s, and names the option', (_, options, name) => {
    const refusal = expect.objectContaining({ name: 'SluiceError', message: expect.stringContaining(`'${name}'`) })
    expect(() => declare('/{id}', options)).toThrow(refusal)
  })

  it.each([
    ['a handler', [{ mode: 'echo' }, handler]],
    ['onMessage', [{ mode: 'echo', onMessage: handler }]],
    ['onBatch', [{ mode: 'echo', onBatch: handler }]],
    ['batch', [{ mode: 'echo', batch: {} }]],
    ['onWrongType', [{ mode: 'echo', onWrongType: 'throw' }]],
    ['no options', [undefined]],
    ['a handler alone', [handler]],
  ])('refuses %s', (_, others) => {
    expect(() => declare('/a', ...others)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_HANDLER' }))
  })
})

describe('a route that cannot be', () => {
  it.each([
    ['', 'ERR_INVALID_PATH'],
    ['ws', 'ERR_INVALID_PATH'],
    ['/a//b', 'ERR_INVALID_PATH'],
    ['/{a}/{a}', 'ERR_INVALID_PATH'],
    ['/{a}-{b}', 'ERR_INVALID_PATH'],
    ['/:a-:b', 'ERR_INVALID_PATH'],
    ['/{__proto__}', 'ERR_INVALID_PATH'],
    ['/{constructor}', 'ERR_INVALID_PATH'],
    ['/{rest:path}/more', 'ERR_INVALID_PATH'],
    ['/{a:enum()}', 'ERR_INVALID_PATH'],
    [5, 'ERR_INVALID_PATH'],
    [undefined, 'ERR_INVALID_PATH'],
  ])('%s is refused where it is declared', (path, code) => {
    expect(() => createApi().websocket(path as string, handler)).toThrow(expect.objectContaining({ code }))
  })

  it('twice is refused where it is declared', () => {
    const api = createApi().websocket('/a', handler)
    expect(() => api.websocket('/a', handler)).toThrow(expect.objectContaining({ code: 'ERR_DUPLICATE_ROUTE' }))
  })
})
