import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acceptDeflate,
  checkDeflateResponse,
  type DeflatePolicy,
  formatExtensions,
  offerDeflate,
  parseExtensions,
} from '../../src/index.ts'

const parse = (header: string) => parseExtensions(header) ?? expect.fail(`malformed: ${header}`)

function accept(header: string, policy?: DeflatePolicy) {
  const accepted = acceptDeflate(parse(header), policy)
  return accepted && { ...accepted, response: formatExtensions([accepted.response]) }
}

function check(header: string, policy?: DeflatePolicy) {
  const [response] = parse(header)
  return response && checkDeflateResponse(response, policy)
}

const open: DeflatePolicy = {
  serverContextTakeover: true,
  clientContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
}

const policies: fc.Arbitrary<DeflatePolicy> = fc.record({
  serverContextTakeover: fc.boolean(),
  clientContextTakeover: fc.boolean(),
  serverMaxWindowBits: fc.integer({ min: 8, max: 15 }),
  clientMaxWindowBits: fc.integer({ min: 8, max: 15 }),
})

describe('acceptDeflate', () => {
  it('CP-03 keeps nothing in memory between messages by default', () => {
    expect(accept('permessage-deflate; client_max_window_bits')).toEqual({
      agreement: {
        serverContextTakeover: false,
        clientContextTakeover: false,
        serverMaxWindowBits: 12,
        clientMaxWindowBits: 12,
      },
      response: 'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=12',
    })
  })

  it('answers a bare offer with nothing that is not needed', () => {
    expect(accept('permessage-deflate', open)).toEqual({ agreement: open, response: 'permessage-deflate' })
  })

  it.each([
    ['server_no_context_takeover', 'server_no_context_takeover'],
    ['client_no_context_takeover', 'client_no_context_takeover'],
    ['server_max_window_bits=10', 'server_max_window_bits=10'],
    ['client_max_window_bits', 'client_max_window_bits=15'],
    ['client_max_window_bits=9', 'client_max_window_bits=9'],
    ['server_max_window_bits="8"', 'server_max_window_bits=8'],
  ])('CP-07 answers %s with %s', (offer, answer) => {
    expect(accept(`permessage-deflate; ${offer}`, open)?.response).toBe(`permessage-deflate; ${answer}`)
  })

  it('CP-07 names the window of the client only when the offer did', () => {
    const accepted = accept('permessage-deflate', { ...open, clientMaxWindowBits: 9 })
    expect(accepted).toEqual({ agreement: open, response: 'permessage-deflate' })
  })

  it.each([
    'server_max_window_bits=7',
    'server_max_window_bits=16',
    'server_max_window_bits=08',
    'server_max_window_bits=+9',
    'server_max_window_bits',
    'server_max_window_bits=10; server_max_window_bits=10',
    'client_max_window_bits=7',
    'client_max_window_bits=1e1',
    'client_max_window_bits=0x9',
    'client_no_context_takeover=true',
    'server_no_context_takeover=1',
    'server_no_context_takeover; server_no_context_takeover',
    'unknown',
    '__proto__=1',
    'Server_no_context_takeover',
  ])('HS-18 declines an offer with %s, and takes the next', (parameter) => {
    expect(accept(`permessage-deflate; ${parameter}`)).toBeUndefined()
    expect(accept(`permessage-deflate; ${parameter}, permessage-deflate`, open)?.response).toBe('permessage-deflate')
  })

  it('HS-18 passes over extensions that it does not know', () => {
    expect(accept('x-webkit-deflate-frame')).toBeUndefined()
    expect(accept('permessage-bzip2, permessage-deflate', open)?.response).toBe('permessage-deflate')
    expect(acceptDeflate([])).toBeUndefined()
  })

  it('takes the first offer, in the order of the client', () => {
    const offers = 'permessage-deflate; server_max_window_bits=9, permessage-deflate; server_max_window_bits=10'
    expect(accept(offers, open)?.agreement.serverMaxWindowBits).toBe(9)
  })

  it('CP-07 never exceeds an offer or the policy', () => {
    const bits = fc.option(fc.integer({ min: 8, max: 15 }), { nil: undefined })
    fc.assert(
      fc.property(policies, fc.boolean(), fc.boolean(), bits, fc.boolean(), bits, (policy, ...offer) => {
        const [serverAlone, clientAlone, serverBits, namesClientBits, clientBits] = offer
        const header = [
          'permessage-deflate',
          ...(serverAlone ? ['server_no_context_takeover'] : []),
          ...(clientAlone ? ['client_no_context_takeover'] : []),
          ...(serverBits === undefined ? [] : [`server_max_window_bits=${serverBits}`]),
          ...(namesClientBits
            ? [clientBits === undefined ? 'client_max_window_bits' : `client_max_window_bits=${clientBits}`]
            : []),
        ].join('; ')
        const { agreement, response } = accept(header, policy) ?? expect.fail(header)
        expect(agreement.serverMaxWindowBits).toBeLessThanOrEqual(
          Math.min(serverBits ?? 15, policy.serverMaxWindowBits ?? 15),
        )
        if (serverAlone || !policy.serverContextTakeover) expect(agreement.serverContextTakeover).toBe(false)
        if (clientAlone || !policy.clientContextTakeover) expect(agreement.clientContextTakeover).toBe(false)
        expect(response.includes('client_max_window_bits=')).toBe(namesClientBits)
        if (namesClientBits) expect(agreement.clientMaxWindowBits).toBeLessThanOrEqual(clientBits ?? 15)
        else expect(agreement.clientMaxWindowBits).toBe(15)
      }),
    )
  })

  it('refuses a policy out of range', () => {
    for (const bits of [7, 16, 9.5, Number.NaN]) {
      expect(() => acceptDeflate(parse('permessage-deflate'), { serverMaxWindowBits: bits })).toThrow(RangeError)
      expect(() => offerDeflate({ clientMaxWindowBits: bits })).toThrow(RangeError)
    }
  })
})

describe('offerDeflate and checkDeflateResponse', () => {
  it('offer what the policy wants', () => {
    expect(formatExtensions([offerDeflate(open)])).toBe('permessage-deflate; client_max_window_bits')
    expect(formatExtensions([offerDeflate()])).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=12',
    )
  })

  it('agree with the server side, whatever both want', () => {
    fc.assert(
      fc.property(policies, policies, (clientPolicy, serverPolicy) => {
        const { agreement, response } =
          acceptDeflate([offerDeflate(clientPolicy)], serverPolicy) ?? expect.fail('declined')
        const { serverMaxWindowBits, ...rest } = checkDeflateResponse(response, clientPolicy) ?? expect.fail('failed')
        expect(agreement).toMatchObject(rest)
        // A server may look back less far than it says.
        expect(agreement.serverMaxWindowBits).toBeLessThanOrEqual(serverMaxWindowBits)
      }),
    )
  })

  it('CP-07 accept less than was offered', () => {
    expect(check('permessage-deflate; server_no_context_takeover; client_no_context_takeover', open)).toEqual({
      ...open,
      serverContextTakeover: false,
      clientContextTakeover: false,
    })
    expect(check('permessage-deflate; server_max_window_bits=9; client_max_window_bits=10', open)).toEqual({
      ...open,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 10,
    })
  })

  it.each<[string, DeflatePolicy]>([
    ['permessage-deflate', { ...open, serverContextTakeover: false }],
    ['permessage-deflate', { ...open, serverMaxWindowBits: 10 }],
    ['permessage-deflate; server_max_window_bits=11', { ...open, serverMaxWindowBits: 10 }],
    ['permessage-deflate; client_max_window_bits', open],
    ['permessage-deflate; server_max_window_bits=16', open],
    ['permessage-deflate; unknown', open],
    ['permessage-deflate; server_max_window_bits=9; server_max_window_bits=9', open],
    ['x-webkit-deflate-frame', open],
  ])('CP-07 fail the response %s', (response, policy) => {
    expect(check(response, policy)).toBeUndefined()
  })
})
