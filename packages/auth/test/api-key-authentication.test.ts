import { createHash } from 'node:crypto'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { type AuthBackend, createAuthContext } from '@sluice/core/ports'
import { describe, expect, it } from 'vitest'
import { apiKeyAuthentication } from '../src/index.ts'
import { ManualClock, upgradeRequest } from './fixtures.ts'

const backend = apiKeyAuthentication({
  keys: {
    reporting: { key: 'key-1', permissions: ['reports.read'] },
    admin: { key: 'key-2', isSuperuser: true },
    plain: 'key-3',
  },
})

async function show(headers: Record<string, string>, using: AuthBackend = backend, url = '/ws') {
  return using.authenticate(upgradeRequest(headers, { url }), new ManualClock())
}

describe('a key', () => {
  it('proves its name and its permissions', async () => {
    expect(await show({ 'x-api-key': 'key-1' })).toEqual({
      kind: 'ok',
      context: {
        userId: 'reporting',
        permissions: new Set(['reports.read']),
        isStaff: false,
        isSuperuser: false,
        claims: {},
        backend: 'api-key',
      },
    })
    expect(await show({ 'x-api-key': 'key-2' })).toMatchObject({ context: { userId: 'admin', isSuperuser: true } })
    expect(await show({ 'x-api-key': 'key-3' })).toMatchObject({ context: { userId: 'plain' } })
  })

  it('never shows in what it proved', async () => {
    const { key } = { key: 'a-key-that-is-found-by-grep' }
    const answer = await show({ 'x-api-key': key }, apiKeyAuthentication({ keys: { service: key } }))
    expect(answer.kind).toBe('ok')
    expect(JSON.stringify(answer)).not.toContain(key)
  })

  it('AU-17 is compared as a digest, in constant time, with every key', async () => {
    const digest = (key: string) => createHash('sha256').update(key).digest('hex')
    for (const key of ['key-1', 'key-3', 'k', 'a-much-longer-key-than-any-of-those']) {
      const compared: string[][] = []
      await whileWatchingComparisons(
        (one, other) => compared.push([one.toString('hex'), other.toString('hex')]),
        () => show({ 'x-api-key': key }),
      )
      expect(compared).toEqual(['key-1', 'key-2', 'key-3'].map((known) => [digest(known), digest(key)]))
    }
  })
})

async function whileWatchingComparisons(
  watch: (one: Buffer, other: Buffer) => void,
  run: () => Promise<unknown>,
): Promise<void> {
  const crypto = createRequire(import.meta.url)('node:crypto') as {
    timingSafeEqual: (one: Buffer, other: Buffer) => boolean
  }
  const { timingSafeEqual } = crypto
  crypto.timingSafeEqual = (one, other) => {
    watch(one, other)
    return timingSafeEqual(one, other)
  }
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    crypto.timingSafeEqual = timingSafeEqual
    syncBuiltinESMExports()
  }
}

describe('where a key is looked for', () => {
  it.each([
    ['key-1', 'ok'],
    ['Bearer key-1', 'ok'],
    ['ApiKey key-1', 'ok'],
    ['apikey   key-1', 'ok'],
    ['', 'invalid'],
    [' ', 'invalid'],
    ['Bearer', 'invalid'],
    ['Bearer ', 'invalid'],
    [', ', 'invalid'],
    ['key-1, key-1', 'invalid'],
    ['key-1,', 'invalid'],
    ['KEY-1', 'invalid'],
    ['key-1\u0000', 'invalid'],
    ['ключ', 'invalid'],
    ['kéy-1', 'invalid'],
    ['__proto__', 'invalid'],
    ['a'.repeat(10_000), 'invalid'],
  ])('AU-18 x-api-key: %j is %s', async (value, kind) => {
    expect((await show({ 'x-api-key': value })).kind).toBe(kind)
  })

  it('AU-18 is not found anywhere else', async () => {
    expect((await show({ authorization: 'Bearer key-1' })).kind).toBe('none')
    expect((await show({}, backend, '/ws?x-api-key=key-1')).kind).toBe('none')
  })

  it('AU-18 two headers are wrong', async () => {
    const rawHeaders = ['X-Api-Key', 'key-1', 'x-api-key', 'key-1']
    const request = upgradeRequest({ 'x-api-key': 'key-1' }, { raw: { rawHeaders } })
    expect((await backend.authenticate(request, new ManualClock())).kind).toBe('invalid')
  })

  it('AU-18 a list is wrong', async () => {
    const request = upgradeRequest({}, { headers: { 'x-api-key': ['key-1'] } })
    expect((await backend.authenticate(request, new ManualClock())).kind).toBe('invalid')
  })

  it('may be another header', async () => {
    const other = apiKeyAuthentication({ keys: { a: 'key-1' }, header: 'X-Service-Key' })
    expect((await show({ 'x-service-key': 'key-1' }, other)).kind).toBe('ok')
  })

  it.each([
    ['Bearer key-1', 'ok'],
    ['ApiKey key-1', 'ok'],
    ['Basic key-1', 'none'],
    ['key-1', 'none'],
    ['Bearer other', 'invalid'],
  ])('shares Authorization with other schemes: %s is %s', async (authorization, kind) => {
    const other = apiKeyAuthentication({ keys: { a: 'key-1' }, header: 'authorization' })
    expect((await show({ authorization }, other)).kind).toBe(kind)
  })

  it('PA-09 names the header that holds the key', () => {
    expect(apiKeyAuthentication({ keys: { a: 'key-1' }, header: 'X-Robot' }).secretHeaders).toEqual(['x-robot'])
  })

  it('AU-15 may be the query, by the short way or the long', async () => {
    for (const options of [{ query: 'key' }, { sources: [{ query: 'key' }] }] as const) {
      const other = apiKeyAuthentication({ keys: { a: 'key-1' }, ...options })
      expect((await show({}, other, '/ws?key=key-1')).kind).toBe('ok')
      expect(other.secretQueryParams).toEqual(['key'])
      expect(other.warnings).toEqual(['SLUICE_WARN_QUERY_CREDENTIALS'])
    }
  })
})

describe('verify', () => {
  it('looks keys up elsewhere, at once or later', async () => {
    const context = createAuthContext({ userId: 'ada', backend: 'db' })
    for (const answer of [context, Promise.resolve(context)]) {
      const looking = apiKeyAuthentication({ verify: (key) => (key === 'key-9' ? answer : null) })
      expect(await show({ 'x-api-key': 'key-9' }, looking)).toEqual({ kind: 'ok', context })
      expect((await show({ 'x-api-key': 'key-8' }, looking)).kind).toBe('invalid')
    }
  })

  it('AU-19 does not swallow what it throws', async () => {
    const failing = apiKeyAuthentication({ verify: () => Promise.reject(new Error('down')) })
    await expect(show({ 'x-api-key': 'key-1' }, failing)).rejects.toThrow('down')
  })
})

describe('options', () => {
  it('AU-18 denies every key when there is none', async () => {
    const closed = apiKeyAuthentication({ keys: {} })
    expect((await show({ 'x-api-key': 'key-1' }, closed)).kind).toBe('invalid')
    expect((await show({}, closed)).kind).toBe('none')
  })

  it.each([
    {},
    { keys: { a: 'x' }, verify: () => null },
    { keys: { a: '' } },
    { keys: { a: { key: '' } } },
    { keys: { a: undefined } },
    { keys: { a: 5 } },
    { keys: { a: 'with blank' } },
    { keys: { a: 'ключ' } },
    { keys: { '': 'x' } },
    { keys: { a: 'x', b: 'x' } },
    { keys: { a: 'x' }, header: '' },
    { keys: { a: 'x' }, header: 'a b' },
    { keys: { a: 'x' }, authTimeout: 0 },
    { keys: { a: 'x' }, sources: [] },
    { keys: { a: 'x' }, heder: 'y' },
  ])('AU-18 refuses %j', (options) => {
    expect(() => apiKeyAuthentication(options as never)).toThrow(expect.objectContaining({ name: 'SluiceError' }))
  })
})
