import { createApi, type WebSocketConnection } from '@sluice/core'
import { WebSocketTestClient } from '@sluice/testing'
import fc from 'fast-check'
import type { FastifyServerOptions } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { plainRequest, upgradeRequest } from '../support/upgrade-request.ts'
import { type Gate, inBoth, knock, knocks, openGate } from './support/gate.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

/** A route with one param. Its handler tells what the param is. */
function routeOf(converter: string, server?: FastifyServerOptions): Gate {
  return { path: `/ws/{value:${converter}}`, ...(server && { server }) }
}

async function valuesOf(converter: string, texts: readonly string[]): Promise<unknown[]> {
  const answers = await knocks(
    routeOf(converter),
    texts.map((text) => ({ target: `/ws/${encodeURIComponent(text)}` })),
  )
  return answers.map(({ status, body }) => (status === 101 ? JSON.parse(body).params.value : status))
}

describe('in both transports, byte for byte', () => {
  it('PA-01 an int has one form', async () => {
    const good = ['0', '7', '-7', '42', '9007199254740991', '-9007199254740991']
    expect(await valuesOf('int', good)).toEqual(good.map(Number))
    const bad = [
      '1e3',
      '+1',
      '01',
      '-0',
      '0x10',
      ' 1',
      '1 ',
      '1.0',
      'NaN',
      'Infinity',
      '9007199254740993',
      '٣',
      '1'.repeat(90),
      '1_0',
      '1,0',
      '--1',
      'null',
    ]
    expect(await valuesOf('int', bad)).toEqual(bad.map(() => 422))
    expect(await knock(routeOf('int'), { target: '/ws/1e3' })).toMatchObject({
      status: 422,
      body: JSON.stringify({
        detail: [
          {
            loc: ['path', 'value'],
            msg: 'Input should be a valid integer, unable to parse string as an integer',
            type: 'int_parsing',
            input: '1e3',
          },
        ],
        code: 'ERR_INVALID_PARAMS',
      }),
    })
  })

  it('PA-01 every safe integer comes back as it went', async () => {
    const site = await openGate(routeOf('int'), 'memory')
    await fc.assert(
      fc.asyncProperty(fc.maxSafeInteger(), async (value) => {
        fc.pre(!Object.is(value, -0))
        const { body } = await site.knock({ target: `/ws/${value}` })
        expect(JSON.parse(body).params.value).toBe(value)
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    [
      'float',
      ['19.99', '-0.5', '1e3'],
      [19.99, -0.5, 1000],
      ['NaN', 'Infinity', '', '0x1', '1,5', 'abc', '.', '1e400'],
    ],
    [
      'bool',
      ['true', 'TRUE', '1', 'yes', 'on', 'false', '0', 'no', 'off'],
      [true, true, true, true, true, false, false, false, false],
      ['2', 't', 'wahr', 'null', 'tru'],
    ],
    [
      'uuid',
      ['0F8FAD5B-D9CB-469F-A165-70867728950E'],
      ['0f8fad5b-d9cb-469f-a165-70867728950e'],
      [
        '0f8fad5bd9cb469fa16570867728950e',
        '{0f8fad5b-d9cb-469f-a165-70867728950e}',
        '0f8fad5b-d9cb-469f-a165-70867728950g',
        'x',
      ],
    ],
    [
      'date',
      ['2024-02-29'],
      ['2024-02-29'],
      ['2023-02-29', '2024-2-9', '29.02.2024', '2024-13-01', '2024-02-29T00:00:00Z'],
    ],
    [
      'datetime',
      ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00+02:00'],
      ['2024-02-29T12:00:00.000Z', '2024-02-29T10:00:00.000Z'],
      ['2024-02-30T12:00:00Z', '12:00', 'now'],
    ],
    ['enum(red,green)', ['red', 'green'], ['red', 'green'], ['Red', 'blue', 'red,green', 're']],
  ])('PA-02 %s', async (converter, good, values, bad) => {
    expect(await valuesOf(converter, good)).toEqual(values)
    const refused = bad.filter((text) => text !== '')
    expect(await valuesOf(converter, refused)).toEqual(refused.map(() => 422))
  })

  it('PA-03 a broken escape is 400, a control character 422, and an escaped slash stays where it is', async () => {
    const targets = [
      '/ws/%zz',
      '/ws/%',
      '/ws/%C0%AF',
      '/ws/%ED%A0%80',
      '/ws/%E4',
      '/ws/%00',
      '/ws/a%0Ab',
      '/ws/%7F',
      '/ws/a%2Fb',
      '/ws/%252F',
      '/ws/%C3%A4',
    ]
    const answers = await knocks(
      routeOf('str'),
      targets.map((target) => ({ target })),
    )
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 422, 422, 422, 101, 101, 101])
    expect(answers.slice(-3).map(({ body }) => JSON.parse(body).params.value)).toEqual(['a/b', '%2F', 'ä'])
  })

  it('PA-04 a param above maxParamLength is 414, as over HTTP', async () => {
    const gate: Gate = { path: '/ws/{value}', declare: (app) => app.get('/http/:value', async () => 'ok') }
    const { result } = await inBoth(gate, async (site) => {
      const statuses: unknown[] = []
      for (const length of [100, 101, 10_000]) {
        const value = 'a'.repeat(length)
        const http = await site.exchange(plainRequest(`/http/${value}`))
        statuses.push([length, (await site.knock({ target: `/ws/${value}` })).status, Number(http.slice(9, 12))])
      }
      return statuses
    })
    expect(result).toEqual([
      [100, 101, 200],
      [101, 414, 414],
      [10_000, 414, 414],
    ])
  })

  it('PA-05 two params in one segment cannot be declared', () => {
    for (const path of ['/ws/:a-:b', '/ws/{a}-{b}', '/ws/{a}{b}', '/ws/x{a}', '/ws/:a(\\d+)']) {
      expect(() => createApi().websocket(path, (ws: WebSocketConnection) => ws.accept())).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_PATH' }),
      )
    }
  })

  it('PA-06 names of prototypes cannot be declared, and do nothing in a query', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString']) {
      expect(() => createApi().websocket(`/ws/{${name}}`, (ws: WebSocketConnection) => ws.accept())).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_PATH' }),
      )
    }
    const { result } = await inBoth({ handler: tellQuery }, async (site) => {
      const { body } = await site.knock({ target: '/ws?__proto__[x]=1&__proto__=2&constructor.prototype.x=1&a=1' })
      return { body, polluted: 'x' in {} }
    })
    expect(result.polluted).toBe(false)
    expect(JSON.parse(result.body)).toEqual(
      expect.objectContaining({ a: '1', 'constructor.prototype.x': '1', hasPrototype: false }),
    )
  })

  it('PA-07 a repeated key of a query is a list, in order, and no other spelling is', async () => {
    const answers = await knocks({ handler: tellQuery }, [
      { target: '/ws?n=1&n=2' },
      { target: '/ws?n[]=1' },
      { target: '/ws?n' },
      { target: '/ws?n=' },
      { target: '/ws?n=1,2' },
      { target: '/ws?=1' },
      { target: '/ws?n=%zz' },
    ])
    expect(answers.map(({ body }) => JSON.parse(body))).toEqual([
      { n: ['1', '2'], hasPrototype: false },
      { 'n[]': '1', hasPrototype: false },
      { n: '', hasPrototype: false },
      { n: '', hasPrototype: false },
      { n: '1,2', hasPrototype: false },
      expect.objectContaining({ hasPrototype: false }),
      { n: '%zz', hasPrototype: false },
    ])
  })

  it('PA-08 a query is bounded by the 16 KB of a head, be it keys or one key', async () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=`).join('&')
    const statuses = async (queries: readonly string[]) =>
      (
        await knocks(
          { handler: tellQuery },
          queries.map((query) => ({ query })),
        )
      ).map(({ status }) => status)
    expect(await statuses([keys(1_000), 'a'.repeat(8_192)])).toEqual([101, 101])
    expect(await statuses([keys(10_000), 'a'.repeat(17_000)])).toEqual([431, 431])
  })

  it('PA-08 a query is bounded by 8 KB and a thousand keys where the head may be larger', async () => {
    const queries = [
      '&'.repeat(999),
      '&'.repeat(1_000),
      'a'.repeat(8_192),
      'a'.repeat(8_193),
      `${'k=&'.repeat(10_000)}`,
    ]
    const answers = await knocks(
      { handler: tellQuery, server: { http: { maxHeaderSize: 100_000 } } as FastifyServerOptions },
      queries.map((query) => ({ target: `/ws?${query}` })),
    )
    expect(answers.map(({ status }) => status)).toEqual([101, 414, 101, 414, 414])
    expect(answers[1]?.body).toBe('{"detail":"Query too large","code":"ERR_QUERY_TOO_LARGE"}')
  })
})

describe('over a socket', () => {
  it('PA-09 a wrong param is told field by field, cut and clean', async () => {
    const site = await openGate({ path: '/ws/{id:int}/{day:date}' })
    const secret = `eyJhbGciOiJIUzI1NiJ9.${'s'.repeat(60)}.signature`
    const { status, body } = await site.knock({ target: `/ws/${secret}/%1b[2J%0a` })
    expect(status).toBe(422)
    expect(body).not.toContain('signature')
    const [id, day] = JSON.parse(body).detail
    expect(id).toMatchObject({
      loc: ['path', 'id'],
      type: 'int_parsing',
      input: expect.stringMatching(/^eyJ.{60,70}$/),
    })
    expect(day).toMatchObject({ loc: ['path', 'day'], type: 'date_parsing' })
    expect(day.input).toMatch(/^[ -~]+$/)
  })

  it('PA-10 the router gives both the same text: what HTTP would decode, a WebSocket route coerces', async () => {
    const texts = [
      '7',
      '%37',
      '07',
      '7%20',
      '7?x',
      '%2F',
      'a%2Bb',
      'a+b',
      '%C3%A4',
      '%F0%9F%8F%94',
      '.',
      '..',
      '%2e',
      ';a=1',
    ]
    const { result } = await inBoth(
      {
        path: '/ws/{value}',
        declare: (app) => app.get('/http/:value', async (request) => ({ params: request.params })),
      },
      async (site) => {
        const pairs: unknown[] = []
        for (const text of texts) {
          const http = await site.exchange(plainRequest(`/http/${text}`))
          const { status, body } = await site.knock({ target: `/ws/${text}` })
          const asHttp = http.startsWith('HTTP/1.1 200') ? JSON.parse(http.split('\r\n\r\n')[1] as string).params : 404
          pairs.push([status === 101 ? JSON.parse(body).params : status, asHttp])
        }
        return pairs
      },
    )
    for (const [asWebSocket, asHttp] of result as [unknown, unknown][]) expect(asWebSocket).toEqual(asHttp)
  })

  it('PA-03 raw bytes beyond ASCII in the target are no way around', async () => {
    const site = await openGate(routeOf('str'))
    for (const path of ['/ws/\xc0\xaf', '/ws/\xe4', '/ws/a\tb', '/ws/\0']) {
      expect(await site.exchange(upgradeRequest({ path }))).toMatch(/^HTTP\/1\.1 (400|422) /)
    }
  })
})

async function tellQuery(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson({ ...ws.query, hasPrototype: Object.getPrototypeOf(ws.query) === Object.prototype })
}
