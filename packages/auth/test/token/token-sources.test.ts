import { describe, expect, it } from 'vitest'
import { jwtAuthentication, type TokenSource } from '../../src/index.ts'
import { ManualClock, SECRET, upgradeRequest } from '../fixtures.ts'
import { encode, sign } from '../jwt/tokens.ts'

const TOKEN = sign({})
const ENCODED = encode(TOKEN)
const WRONG = sign({}, {}, 'another secret of at least thirty-two bytes')

function backendWith(...sources: readonly TokenSource[]) {
  return jwtAuthentication({ secret: SECRET, sources })
}

async function kindOf(sources: readonly TokenSource[], headers: Record<string, string>, url = '/ws'): Promise<string> {
  const request = upgradeRequest(headers, { url })
  return (await backendWith(...sources).authenticate(request, new ManualClock())).kind
}

describe("'header'", () => {
  it('is the only source by default', async () => {
    const request = upgradeRequest(
      { cookie: `token=${TOKEN}`, 'sec-websocket-protocol': `bearer, ${TOKEN}` },
      { url: `/ws?token=${TOKEN}` },
    )
    expect((await jwtAuthentication({ secret: SECRET }).authenticate(request, new ManualClock())).kind).toBe('none')
  })
})

describe("'subprotocol'", () => {
  it.each([
    [`bearer, ${TOKEN}`, 'ok'],
    [`chat, bearer, ${TOKEN}`, 'ok'],
    [`bearer, ${TOKEN}, chat`, 'ok'],
    [`bearer,${TOKEN}`, 'ok'],
    [`bearer.${ENCODED}`, 'ok'],
    [`bearer.${TOKEN}, chat`, 'ok'],
    [`base64url.bearer.phx.${ENCODED}, phoenix`, 'ok'],
    [`base64url.bearer.authorization.k8s.io.${ENCODED}`, 'ok'],
    ['chat', 'none'],
    ['', 'none'],
    ['bearers.abc, Bearer', 'none'],
    ['bearer', 'invalid'],
    ['chat, bearer', 'invalid'],
    ['bearer, ', 'invalid'],
    ['bearer.', 'invalid'],
    ['bearer.$$$', 'invalid'],
    ['bearer.YQ==', 'invalid'],
    ['base64url.bearer.phx.', 'invalid'],
    [`bearer, ${WRONG}`, 'invalid'],
    [`bearer, ${TOKEN}, bearer, ${TOKEN}`, 'invalid'],
    [`bearer, ${TOKEN}, bearer.${ENCODED}`, 'invalid'],
  ])('AU-16 %s is %s', async (offered, kind) => {
    expect(await kindOf(['subprotocol'], { 'sec-websocket-protocol': offered })).toBe(kind)
  })

  it.each([
    [['bearer', TOKEN, 'chat'], ['chat']],
    [['chat', 'bearer', TOKEN], ['chat']],
    [
      ['chat', `bearer.${ENCODED}`, 'superchat'],
      ['chat', 'superchat'],
    ],
    [[`base64url.bearer.phx.${ENCODED}`, 'phoenix'], ['phoenix']],
    [['bearer', TOKEN], []],
    [['chat', 'bearer'], ['chat']],
    [['bearer', 'chat'], []],
    [
      ['chat', 'bearers'],
      ['chat', 'bearers'],
    ],
    [[], []],
  ])('AU-16 leaves no credential in %j', (offered, rest) => {
    expect(backendWith('subprotocol').withoutCredentials?.(offered)).toEqual(rest)
  })

  it('AU-16 touches no subprotocol of a backend that reads none', () => {
    expect(backendWith('header').withoutCredentials).toBeUndefined()
  })
})

describe('{ cookie }', () => {
  it.each([
    [`token=${TOKEN}`, 'ok'],
    [`a=b; token=${TOKEN}; c=d`, 'ok'],
    [`token="${TOKEN}"`, 'ok'],
    [`token=${TOKEN.replaceAll('.', '%2E')}`, 'ok'],
    [`Token=${TOKEN}`, 'none'],
    [`xtoken=${TOKEN}`, 'none'],
    ['token', 'invalid'],
    ['token=', 'invalid'],
    ['token=%', 'invalid'],
    [`token=${TOKEN}; token=${TOKEN}`, 'invalid'],
    [`token=${WRONG}; token=${TOKEN}`, 'invalid'],
    ['', 'none'],
  ])('%s is %s', async (cookie, kind) => {
    expect(await kindOf([{ cookie: 'token' }], { cookie })).toBe(kind)
  })

  it('OR-06 tells the handshake that it reads one', () => {
    expect(backendWith({ cookie: 'token' }).readsCookies).toBe(true)
    expect(backendWith('header').readsCookies).toBe(false)
  })
})

describe('{ query }', () => {
  it.each([
    [`/ws?token=${TOKEN}`, 'ok'],
    [`/ws?a=b&token=${TOKEN}`, 'ok'],
    [`/ws?%74oken=${TOKEN}`, 'ok'],
    ['/ws', 'none'],
    ['/ws?', 'none'],
    [`/ws?Token=${TOKEN}`, 'none'],
    ['/ws?token=', 'invalid'],
    ['/ws?token', 'invalid'],
    [`/ws?token=${TOKEN}&token=${TOKEN}`, 'invalid'],
  ])('AU-15 %s is %s', async (url, kind) => {
    expect(await kindOf([{ query: 'token' }], {}, url)).toBe(kind)
  })

  it('AU-15 names the parameter that has to be redacted', () => {
    expect(backendWith('header', { query: 'token' }).secretQueryParams).toEqual(['token'])
    expect(backendWith('header').secretQueryParams).toEqual([])
  })
})

describe("'message'", () => {
  it('AU-23 is for the handshake to ask for', async () => {
    const backend = jwtAuthentication({ secret: SECRET, sources: ['message'], authTimeout: 3_000 })
    expect(backend.firstMessage).toEqual({ timeout: 3_000 })
    expect(backendWith('header').firstMessage).toBeUndefined()
    const [clock, request] = [new ManualClock(), upgradeRequest({ authorization: `Bearer ${TOKEN}` })]
    expect((await backend.authenticate(request, clock)).kind).toBe('none')
    expect((await backend.authenticateToken?.(TOKEN, request, clock))?.kind).toBe('ok')
    expect((await backend.authenticateToken?.(WRONG, request, clock))?.kind).toBe('invalid')
  })
})

describe('several sources', () => {
  const sources: TokenSource[] = [{ cookie: 'token' }, 'header', { query: 'token' }]

  it.each([
    ['the first good one', { cookie: `token=${TOKEN}`, authorization: `Bearer ${WRONG}` }, '/ws', 'ok'],
    ['the first bad one', { cookie: `token=${WRONG}`, authorization: `Bearer ${TOKEN}` }, '/ws', 'invalid'],
    ['the only one', {}, `/ws?token=${TOKEN}`, 'ok'],
    ['none', {}, '/ws', 'none'],
  ])('AU-20 decides by %s', async (_name, headers, url, kind) => {
    expect(await kindOf(sources, headers, url)).toBe(kind)
  })
})
