import { describe, expect, it } from 'vitest'
import { createDenial } from '../../src/security/denial.ts'
import { denialResponse, responseOf } from '../../src/upgrade/denial-response.ts'

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

describe('the response of a denial', () => {
  it('HS-19 is JSON with a detail and a code', () => {
    expect(responseOf(createDenial('ERR_RATE_LIMITED', { headers: { 'Retry-After': '3' } }))).toEqual({
      status: 429,
      headers: { ...JSON_TYPE, 'Retry-After': '3' },
      body: '{"detail":"Rate limit exceeded","code":"ERR_RATE_LIMITED"}',
    })
  })
})

describe('the response that a handler asks for', () => {
  it('says Forbidden, or the words of its status', () => {
    const code = 'ERR_HANDLER_DENIED'
    expect(denialResponse({})).toEqual({
      status: 403,
      headers: JSON_TYPE,
      body: JSON.stringify({ detail: 'Forbidden', code }),
    })
    expect(denialResponse({ status: 418 }).body).toBe(JSON.stringify({ detail: "I'm a Teapot", code }))
    expect(denialResponse({ status: 599, body: null }).body).toBe(JSON.stringify({ detail: 'Denied', code }))
  })

  it('sends text, bytes and streams as they are, and anything else as JSON', () => {
    for (const body of ['text', '', Buffer.from('b'), new ReadableStream(), new Response('web')]) {
      expect(denialResponse({ body })).toEqual({ status: 403, headers: {}, body })
    }
    for (const body of [{ a: 1 }, [1], 0, false]) {
      expect(denialResponse({ body })).toEqual({ status: 403, headers: JSON_TYPE, body: JSON.stringify(body) })
    }
  })

  it('leaves the content type to who gives one', () => {
    const headers = { 'content-type': 'application/problem+json' }
    expect(denialResponse({ headers, body: {} }).headers).toEqual(headers)
  })
})
