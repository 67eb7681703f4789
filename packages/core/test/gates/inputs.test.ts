import { apiKeyAuthentication, isAuthenticated, jwtAuthentication } from '@sluice/auth'
import type { Schema, WebSocketConnection } from '@sluice/core'
import { WebSocketTestClient } from '@sluice/testing'
import { type } from 'arktype'
import Type, { type TProperties } from 'typebox'
import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Answer, type Gate, knock, knocks, type Peer } from './support/gate.ts'

afterEach(() => WebSocketTestClient.assertNoLeaks())

/** Says what the handler was given. */
async function tell(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  const { params, query, cookies } = ws
  const { 'sec-websocket-key': _, sec_websocket_key: __, ...headers } = ws.headers
  await ws.sendJson({ params, query, headers, cookies })
}

function gateOf(route: Gate['route'] & object, path = '/ws'): Gate {
  return { path, route, handler: tell }
}

function queryGate(properties: TProperties): Gate {
  return gateOf({ query: Type.Object(properties) })
}

/** What the handlers were given of the query, or the errors. */
async function queriesOf(gate: Gate, queries: readonly string[]): Promise<unknown[]> {
  const answers = await knocks(
    gate,
    queries.map((query) => ({ target: `/ws?${query}` })),
  )
  return answers.map(({ status, body }) => (status === 101 ? JSON.parse(body).query : errorsOf({ status, body })))
}

function errorsOf({ status, body }: Pick<Answer, 'status' | 'body'>): unknown {
  expect(status).toBe(422)
  const { detail, code } = JSON.parse(body)
  expect(code).toBe('ERR_INVALID_PARAMS')
  return detail.map(({ loc, type }: { loc: unknown[]; type: string }) => `${loc.join('.')} ${type}`)
}

/** The whole body of the answer to one peer. */
async function detailOf(gate: Gate, peer: Peer): Promise<unknown> {
  const { status, body } = await knock(gate, peer)
  expect(status).toBe(422)
  return JSON.parse(body).detail
}

describe('a query by a TypeBox schema, in both transports', () => {
  it('is read in the types of its properties', async () => {
    const gate = queryGate({
      text: Type.String(),
      whole: Type.Integer(),
      number: Type.Number(),
      flag: Type.Boolean(),
      one: Type.Literal(5),
      kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
      level: Type.Enum(['low', 3]),
      limit: Type.Union([Type.Integer({ minimum: 10 }), Type.Literal('all')]),
      nullable: Type.Union([Type.Null(), Type.Integer()]),
      any: Type.Any(),
    })
    const query = 'text=a%20b&whole=-3&number=1.5&flag=YES&one=5&kind=b&level=3&limit=all&nullable=7&any=x'
    expect(await queriesOf(gate, [query])).toEqual([
      {
        text: 'a b',
        whole: -3,
        number: 1.5,
        flag: true,
        one: 5,
        kind: 'b',
        level: 3,
        limit: 'all',
        nullable: 7,
        any: 'x',
      },
    ])
    expect(await queriesOf(gate, ['whole=1.0&number=0x1&flag=2&one=6&kind=c&level=4&limit=9&nullable=null'])).toEqual([
      [
        'query.text missing',
        'query.whole int_parsing',
        'query.number float_parsing',
        'query.flag bool_parsing',
        'query.one enum',
        'query.kind enum',
        'query.level enum',
        'query.limit union_error',
        'query.nullable int_parsing',
        'query.any missing',
      ],
    ])
  })

  it('fills defaults in, leaves out what is optional, and drops what nobody asked for', async () => {
    const gate = queryGate({
      page: Type.Integer({ default: 1 }),
      sort: Type.Optional(Type.String()),
      size: Type.Optional(Type.Integer({ default: 20 })),
      tags: Type.Array(Type.String(), { default: ['all'] }),
    })
    expect(await queriesOf(gate, ['', 'page=2&sort=up&other=x&tags=a'])).toEqual([
      { page: 1, size: 20, tags: ['all'] },
      { page: 2, sort: 'up', size: 20, tags: ['a'] },
    ])
  })

  it('gives each connection defaults of its own', async () => {
    const handler = async (ws: WebSocketConnection) => {
      await ws.accept()
      const tags = ws.query.tags as string[]
      tags.push('x')
      await ws.sendJson(tags)
    }
    const query = Type.Object({ tags: Type.Array(Type.String(), { default: [] }) })
    const answers = await knocks({ route: { query }, handler }, [{}, {}])
    expect(answers.map(({ body }) => body)).toEqual(['["x"]', '["x"]'])
  })

  it('PA-07 a key that is repeated: the last for a scalar, all for a list', async () => {
    const gate = queryGate({ n: Type.Integer(), list: Type.Array(Type.Integer(), { maxItems: 3 }) })
    expect(
      await queriesOf(gate, [
        'n=1&n=2&list=1',
        'n=1&list=3&list=1&list=2',
        'n=1&list=1&list=x&list=y',
        'n=1&list=1&list=2&list=3&list=4',
        'n[]=1&list[]=1',
        'n&list=',
      ]),
    ).toEqual([
      { n: 2, list: [1] },
      { n: 1, list: [3, 1, 2] },
      ['query.list.1 int_parsing', 'query.list.2 int_parsing'],
      ['query.list too_long'],
      ['query.n missing', 'query.list missing'],
      ['query.n int_parsing', 'query.list.0 int_parsing'],
    ])
  })

  it('keeps the rules of each property, and tells every field that breaks one', async () => {
    const gate = queryGate({
      age: Type.Integer({ minimum: 18 }),
      name: Type.String({ minLength: 2, pattern: '^[a-z]*$' }),
      list: Type.Array(Type.Number({ maximum: 5 })),
      id: Type.String({ format: 'uuid' }),
    })
    expect(await detailOf(gate, { target: '/ws?age=17&name=A&list=1&list=6&id=x' })).toEqual([
      {
        loc: ['query', 'age'],
        msg: 'Input should be greater than or equal to 18',
        type: 'greater_than_equal',
        input: '17',
      },
      { loc: ['query', 'name'], msg: 'String should have at least 2 characters', type: 'string_too_short', input: 'A' },
      {
        loc: ['query', 'list', 1],
        msg: 'Input should be less than or equal to 5',
        type: 'less_than_equal',
        input: '6',
      },
      { loc: ['query', 'id'], msg: 'Input should be a valid uuid', type: 'uuid_format', input: 'x' },
    ])
  })

  it('applies codecs', async () => {
    const At = Type.Decode(Type.String({ format: 'date-time' }), (text) => new Date(text).getTime())
    const gate = queryGate({ at: At, list: Type.Array(At, { default: ['1970-01-01T00:00:01Z'] }) })
    expect(await queriesOf(gate, ['at=1970-01-01T00:00:05Z', 'at=x'])).toEqual([
      { at: 5_000, list: [1_000] },
      ['query.at date-time_format'],
    ])
  })

  it('refuses others where the schema allows none', async () => {
    const gate = gateOf({ query: Type.Object({ n: Type.Integer() }, { additionalProperties: false }) })
    expect(await queriesOf(gate, ['n=1', 'n=1&m=2'])).toEqual([{ n: 1 }, ['query.m extra_forbidden']])
  })

  it('reads another name where there is an alias', async () => {
    const gate = queryGate({ from: Type.Integer({ alias: 'from-page' }) })
    expect(await queriesOf(gate, ['from-page=4', 'from=4'])).toEqual([{ from: 4 }, ['query.from-page missing']])
  })

  it('PA-06 has no prototype, whatever the keys', async () => {
    const seen: unknown[] = []
    const handler = async (ws: WebSocketConnection) => {
      await ws.accept()
      seen.push(
        ...[ws.query, ws.headers, ws.cookies, ws.params as object].map((record) => [
          record.constructor,
          record.toString,
          Object.isFrozen(record),
        ]),
      )
    }
    const empty = Type.Object({})
    const schemas = { query: empty, headers: z.object({}), cookies: empty, params: z.object({}) }
    await knock({ path: '/{n}', route: schemas, handler }, { target: '/1?__proto__=x&constructor=y' })
    expect(seen).toEqual(Array.from({ length: 8 }, () => [undefined, undefined, true]))
  })
})

describe('headers and cookies, in both transports', () => {
  it('are read by their schemas: case of headers does not matter, that of cookies does', async () => {
    const gate = gateOf({
      headers: Type.Object({
        user_agent: Type.String(),
        X_Count: Type.Integer({ default: 1 }),
        token: Type.Optional(Type.String({ alias: 'X-Token' })),
        accept: Type.Array(Type.String(), { default: [] }),
      }),
      cookies: Type.Object({
        Session: Type.String(),
        theme: Type.String({ default: 'light' }),
        id: Type.Optional(Type.Integer({ alias: 'user-id' })),
      }),
    })
    const { body } = await knock(gate, {
      headers: { 'USER-AGENT': 'curl', 'X-Count': '5', 'x-token': 'abc', Accept: 'a, b' },
      cookies: { Session: 's', 'user-id': '7', session: 'other' },
    })
    expect(JSON.parse(body)).toMatchObject({
      headers: { user_agent: 'curl', X_Count: 5, token: 'abc', accept: ['a, b'] },
      cookies: { Session: 's', theme: 'light', id: 7 },
    })
    expect(
      errorsOf(await knock(gate, { headers: { 'x-count': 'x' }, cookies: { session: 's', 'user-id': 'x' } })),
    ).toEqual([
      'header.user-agent missing',
      'header.x-count int_parsing',
      'cookie.Session missing',
      'cookie.user-id int_parsing',
    ])
  })

  it('headers that are repeated are a list where one is asked for', async () => {
    const gate = gateOf({ headers: Type.Object({ x_tag: Type.Array(Type.String()), x_last: Type.String() }) })
    const { body } = await knock(gate, { headers: { 'X-Tag': ['a', 'b, c'], 'X-Last': ['1', '2'] } })
    expect(JSON.parse(body).headers).toEqual({ x_tag: ['a', 'b, c'], x_last: '1, 2' })
  })
})

describe('params, in both transports', () => {
  it('without a converter are read in the types of the schema, with one they are only checked', async () => {
    const params = Type.Object({ id: Type.Integer({ minimum: 10 }), n: Type.Integer({ minimum: 10 }) })
    const gate = gateOf({ params }, '/{id:int}/{n}/{kind}')
    const answers = await knocks(gate, [{ target: '/10/11/x' }, { target: '/9/9/x' }, { target: '/a/b/x' }])
    expect(JSON.parse((answers[0] as Answer).body).params).toEqual({ id: 10, n: 11, kind: 'x' })
    expect(answers.slice(1).map(errorsOf)).toEqual([
      ['path.id greater_than_equal', 'path.n greater_than_equal'],
      ['path.id int_parsing'],
    ])
  })

  it('are told together with what else is wrong', async () => {
    const gate = gateOf(
      {
        query: Type.Object({ q: Type.Integer() }),
        headers: z.object({ 'x-token': z.string() }),
        cookies: Type.Object({ session: Type.String() }),
      },
      '/{id:int}',
    )
    expect(errorsOf(await knock(gate, { target: '/x?q=y' }))).toEqual([
      'path.id int_parsing',
      'query.q int_parsing',
      'header.x-token missing',
      'cookie.session missing',
    ])
  })
})

describe.each<[string, { [Name in 'query' | 'headers']: Schema }]>([
  [
    'zod',
    {
      query: z.object({ page: z.coerce.number().int().default(1), tags: z.array(z.string()).optional() }),
      headers: z.object({ user_agent: z.string(), 'x-count': z.coerce.number() }),
    },
  ],
  [
    'valibot',
    {
      query: v.object({
        page: v.optional(v.pipe(v.string(), v.toNumber(), v.integer()), '1'),
        tags: v.optional(v.array(v.string())),
      }),
      headers: v.object({ user_agent: v.string(), 'x-count': v.pipe(v.string(), v.toNumber()) }),
    },
  ],
  [
    'arktype',
    {
      query: type({ page: 'string.integer.parse = "1"', 'tags?': 'string[]' }),
      headers: type({ user_agent: 'string', 'x-count': 'string.numeric.parse' }),
    },
  ],
])('a schema of %s, in both transports', (_library, schemas) => {
  it('coerces the texts itself', async () => {
    const headers = { 'User-Agent': 'curl', 'X-Count': '5' }
    const answers = await knocks(gateOf(schemas), [
      { headers, target: '/ws?page=2&tags=a&tags=b&other=1' },
      { headers, target: '/ws' },
    ])
    const [first, second] = answers.map(({ body }) => JSON.parse(body))
    expect(first).toMatchObject({ query: { page: 2, tags: ['a', 'b'] }, headers: { user_agent: 'curl', 'x-count': 5 } })
    expect(second.query).toEqual({ page: 1 })
  })

  it('denies with every field that it finds wrong', async () => {
    const answer = await knock(gateOf(schemas), { target: '/ws?page=x', headers: { 'x-count': 'y' } })
    expect((errorsOf(answer) as string[]).sort()).toEqual([
      'header.user-agent missing',
      'header.x-count invalid',
      'query.page invalid',
    ])
    const [page] = JSON.parse(answer.body).detail
    expect(page).toMatchObject({ loc: ['query', 'page'], msg: expect.stringMatching(/./), input: 'x' })
  })
})

describe('an asynchronous schema', () => {
  it('is waited for, and its errors are told with the others', async () => {
    const name = z.string().refine(async (text) => text !== 'taken', 'is taken')
    const gate = gateOf({ query: z.object({ name }), cookies: Type.Object({ n: Type.Integer({ default: 3 }) }) })
    const [good, bad] = await knocks(gate, [
      { target: '/ws?name=free' },
      { target: '/ws?name=taken', cookies: { n: 'x' } },
    ])
    expect(JSON.parse(good?.body ?? '')).toMatchObject({ query: { name: 'free' }, cookies: { n: 3 } })
    expect(errorsOf(bad as Answer)).toEqual(['query.name invalid', 'cookie.n int_parsing'])
  })

  it('that fails denies with 500 and tells nothing', async () => {
    const failures = [() => Promise.reject(new Error('the database is down')), () => JSON.parse('{')]
    for (const validate of failures) {
      const query = { '~standard': { version: 1, vendor: 'test', validate } } as const
      expect(await knock(gateOf({ query }), { target: '/ws?name=x' })).toMatchObject({
        status: 500,
        body: '{"detail":"Internal server error","code":"ERR_INTERNAL"}',
      })
    }
  })
})

describe('what a stranger learns', () => {
  it('GD-07 nothing of a schema: the guards come first', async () => {
    const secret = 'a-secret-of-32-bytes-or-even-more'
    const gate = gateOf({
      auth: [apiKeyAuthentication({ keys: { ada: secret } })],
      guards: [isAuthenticated()],
      query: Type.Object({ n: Type.Integer() }),
    })
    const headers = { 'x-api-key': secret }
    const answers = await knocks(gate, [
      { target: '/ws?n=x' },
      { target: '/ws?n=1' },
      { target: '/ws?n=x', headers },
      { target: '/ws?n=1', headers },
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 422, 101])
  })

  it('PA-09 no error repeats a credential, nor lets a library repeat it', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9'
    const auth = [jwtAuthentication({ secret: 'x'.repeat(32), sources: [{ query: 'access' }] })]
    const number = v.pipe(v.string(), v.toNumber(), v.minValue(Number.POSITIVE_INFINITY))
    const schemas = [
      {
        query: Type.Object({ access: Type.Integer() }),
        headers: Type.Object({ authorization: Type.Integer(), cookie: Type.Integer() }),
        cookies: Type.Object({ session: Type.Integer(), list: Type.Array(Type.Integer()) }),
      },
      {
        query: v.object({ access: number }),
        headers: v.object({ authorization: v.literal('x'), cookie: v.picklist(['a', 'b']) }),
        cookies: v.object({ session: v.literal('x'), list: v.picklist(['a']) }),
      },
    ]
    for (const schema of schemas) {
      // Nobody proves who he is: the guards would have to.
      const gate = gateOf({ auth: [{ ...auth[0], authenticate: () => ({ kind: 'none' }) } as never], ...schema })
      const { status, body } = await knock(gate, {
        target: `/ws?access=${token}`,
        headers: { authorization: `Bearer ${token}` },
        cookies: { session: token, list: token },
      })
      expect(status).toBe(422)
      expect(body).not.toContain('eyJ')
      for (const { input } of JSON.parse(body).detail) expect(input).toBeNull()
    }
  })

  it('PA-09 shows nothing of a header in which a backend looks for keys', async () => {
    const auth = [apiKeyAuthentication({ keys: { robot: 'key-1234' }, header: 'X-Robot' })]
    const gate = gateOf({ auth, headers: Type.Object({ x_robot: Type.Integer() }) })
    const { status, body } = await knock(gate, { headers: { 'x-robot': 'key-1234' } })
    expect(status).toBe(422)
    expect(JSON.parse(body).detail).toMatchObject([{ loc: ['header', 'x-robot'], input: null }])
  })

  it('PA-09 what is shown is cut and escaped, also where a library quotes it', async () => {
    const text = `\u001b[2J${'x'.repeat(5_000)}`
    const gates = [queryGate({ n: Type.Integer() }), gateOf({ query: v.object({ n: v.literal('a') }) })]
    for (const gate of gates) {
      const { body } = await knock(gate, { target: `/ws?n=${encodeURIComponent(text)}` })
      const [{ msg, input }] = JSON.parse(body).detail
      expect(input).toMatch(/^\\u\{1b\}\[2Jx{60}…$/)
      expect(msg).toMatch(/^[ -~]{10,300}…?$/)
    }
  })

  it('PA-09 names of the client are cut and escaped too', async () => {
    const gates = [
      gateOf({ query: Type.Object({}, { additionalProperties: false }) }),
      gateOf({ query: z.record(z.string(), z.literal('a')) }),
    ]
    for (const gate of gates) {
      const { body } = await knock(gate, { target: `/ws?%1b[2J${'x'.repeat(5_000)}=1` })
      expect(JSON.parse(body).detail[0].loc).toEqual(['query', expect.stringMatching(/^\\u\{1b\}\[2Jx{60}…$/)])
    }
  })

  it('PA-08 a thousand wrong texts are answered by a few errors', async () => {
    const gates = [
      queryGate({ n: Type.Array(Type.Integer()) }),
      gateOf({ query: z.object({ n: z.array(z.coerce.number()) }) }),
    ]
    for (const gate of gates) {
      const { body } = await knock(gate, { target: `/ws?${'n=x&'.repeat(1_000)}` })
      expect(JSON.parse(body).detail.length).toBeLessThanOrEqual(64)
    }
  })
})
