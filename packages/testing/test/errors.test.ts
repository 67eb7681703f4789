import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConnectionClosed, ERRORS, HandshakeDenied, TestClientError, TimeoutError } from '../src/errors.ts'

describe('HandshakeDenied', () => {
  const denial = { status: 403, headers: {}, stage: undefined }

  it('shows the path, the status, the stage and the detail', () => {
    const error = new HandshakeDenied('/ws', { ...denial, body: { detail: 'Origin not allowed' }, stage: 'origin' })

    expect(error.message).toBe('/ws was denied with 403 by the origin stage: Origin not allowed')
    expect(error).toMatchObject({ name: 'HandshakeDenied', code: 'ERR_HANDSHAKE_DENIED', status: 403, stage: 'origin' })
  })

  it.each([
    [{ detail: 'a', message: 'b' }, 'a', 'a'],
    [{ message: 'b' }, 'b', 'b'],
    [{ detail: [{ loc: ['path', 'id'] }] }, [{ loc: ['path', 'id'] }], '[{"loc":["path","id"]}]'],
    ['Go away', 'Go away', 'Go away'],
    ['', undefined, 'no detail'],
    [{}, undefined, 'no detail'],
    [null, undefined, 'no detail'],
  ])('reads the detail of the body %j', (body, detail, shown) => {
    const error = new HandshakeDenied('/ws', { ...denial, body })

    expect(error.detail).toEqual(detail)
    expect(error.message).toBe(`/ws was denied with 403: ${shown}`)
  })
})

describe('ConnectionClosed', () => {
  it('shows the code, and the reason where there is one', () => {
    expect(new ConnectionClosed(1000, '').message).toBe('the connection was closed with 1000')
    expect(new ConnectionClosed(4000, 'bye').message).toBe('the connection was closed with 4000 (bye)')
  })
})

it('gives every error of the client a code', () => {
  expect(new TimeoutError('late')).toBeInstanceOf(TestClientError)
  expect(new TimeoutError('late')).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
})

it('explains every code in the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

  for (const [code, meaning] of Object.entries(ERRORS)) expect(readme).toContain(`| \`${code}\` | ${meaning} |`)
})
