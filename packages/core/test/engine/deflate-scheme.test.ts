import { type DeflateAgreement, Deflater, formatExtensions, Inflater, Opcode, parseExtensions } from '@sluice/protocol'
import { describe, expect, it } from 'vitest'
import { negotiateDeflate } from '../../src/engine/deflate-scheme.ts'
import { resolveRouteOptions } from '../../src/options.ts'
import { clientFrame } from '../support/raw-websocket.ts'
import { ENGINES, serve } from '../support/site.ts'
import { upgradeRequest } from '../support/upgrade-request.ts'
import { varied } from './support/compressible.ts'
import { DeflateClient } from './support/deflate-client.ts'

/** An offer or a response: window bits are 'bare' without a value, and undefined when not named. */
interface Parameters {
  readonly serverNoTakeover: boolean
  readonly clientNoTakeover: boolean
  readonly serverBits: number | undefined
  readonly clientBits: number | 'bare' | undefined
}

const SETTINGS = [8, 9, 12, 15].flatMap((serverMaxWindowBits) =>
  [8, 12, 15].flatMap((clientMaxWindowBits) =>
    [false, true].map((contextTakeover) => ({ serverMaxWindowBits, clientMaxWindowBits, contextTakeover })),
  ),
)

const OFFERS: readonly Parameters[] = [false, true].flatMap((serverNoTakeover) =>
  [false, true].flatMap((clientNoTakeover) =>
    [undefined, 8, 9, 11, 15].flatMap((serverBits) =>
      ([undefined, 'bare', 8, 10, 15] as const).map((clientBits) => ({
        serverNoTakeover,
        clientNoTakeover,
        serverBits,
        clientBits,
      })),
    ),
  ),
)

function textOf({ serverNoTakeover, clientNoTakeover, serverBits, clientBits }: Parameters): string {
  return [
    'permessage-deflate',
    ...(serverNoTakeover ? ['server_no_context_takeover'] : []),
    ...(clientNoTakeover ? ['client_no_context_takeover'] : []),
    ...(serverBits === undefined ? [] : [`server_max_window_bits=${serverBits}`]),
    ...(clientBits === undefined ? [] : [`client_max_window_bits${clientBits === 'bare' ? '' : `=${clientBits}`}`]),
  ].join('; ')
}

function read(header: string): Parameters {
  const [extension, ...others] = parseExtensions(header) ?? []
  expect([extension?.name, others]).toEqual(['permessage-deflate', []])
  const parameters = new Map(extension?.parameters.map(({ name, value }) => [name, value]))
  expect(parameters.size).toBe(extension?.parameters.length)
  const bits = (name: string) => (parameters.has(name) ? Number(parameters.get(name)) : undefined)
  return {
    serverNoTakeover: parameters.has('server_no_context_takeover'),
    clientNoTakeover: parameters.has('client_no_context_takeover'),
    serverBits: bits('server_max_window_bits'),
    clientBits: bits('client_max_window_bits'),
  }
}

/** RFC 7692 section 7.1: what an answer may say to an offer. */
function expectHonest(offer: Parameters, answer: Parameters, settings: (typeof SETTINGS)[number]): DeflateAgreement {
  if (offer.serverNoTakeover || !settings.contextTakeover) expect(answer.serverNoTakeover).toBe(true)
  if (!settings.contextTakeover) expect(answer.clientNoTakeover).toBe(true)
  if (offer.serverBits !== undefined) expect(answer.serverBits).toBeLessThanOrEqual(offer.serverBits)
  if (offer.clientBits === undefined) expect(answer.clientBits).toBeUndefined()
  else if (answer.clientBits !== undefined) {
    expect(answer.clientBits).toBeLessThanOrEqual(offer.clientBits === 'bare' ? 15 : offer.clientBits)
    expect(answer.clientBits).toBeLessThanOrEqual(settings.clientMaxWindowBits)
  }
  for (const bits of [answer.serverBits ?? 15, answer.clientBits ?? 15]) {
    expect(bits).toBeGreaterThanOrEqual(8)
    expect(bits).toBeLessThanOrEqual(15)
  }
  return {
    serverContextTakeover: !answer.serverNoTakeover,
    clientContextTakeover: !answer.clientNoTakeover && !offer.clientNoTakeover,
    serverMaxWindowBits: answer.serverBits ?? 15,
    clientMaxWindowBits: (answer.clientBits as number | undefined) ?? 15,
  }
}

const settingsOf = (compression: (typeof SETTINGS)[number]) => {
  const resolved = resolveRouteOptions([{ compression }]).compression
  if (resolved === null) throw new Error('compression is on')
  return resolved
}

describe('negotiateDeflate', () => {
  it('CP-07 answers every offer honestly, whatever the settings', () => {
    for (const settings of SETTINGS) {
      for (const offer of OFFERS) {
        const scheme = negotiateDeflate(parseExtensions(textOf(offer)) ?? [], settingsOf(settings))
        if (scheme === null) throw new Error(`declined ${textOf(offer)}`)
        const agreement = expectHonest(offer, read(formatExtensions([scheme.response])), settings)
        expect(scheme.isShared).toBe(!agreement.serverContextTakeover)
      }
    }
  })

  it('CP-03 shares what connections without context takeover need', () => {
    const settings = settingsOf({ serverMaxWindowBits: 12, clientMaxWindowBits: 12, contextTakeover: false })
    const offers = ['permessage-deflate; client_max_window_bits', 'permessage-deflate; server_max_window_bits=9']
    const [one, same, other] = [0, 0, 1].map((index) =>
      negotiateDeflate(parseExtensions(offers[index] as string) ?? [], settings),
    )
    expect(same?.deflater).toBe(one?.deflater)
    expect(same?.inflater).toBe(one?.inflater)
    expect(other?.deflater).not.toBe(one?.deflater)
    const slow = negotiateDeflate(parseExtensions(offers[0] as string) ?? [], { ...settings, concurrency: 2 })
    expect(slow?.deflater).not.toBe(one?.deflater)
    expect(slow?.inflater).not.toBe(one?.inflater)
    expect(slow?.key).toBe(one?.key)
    expect(other?.key).not.toBe(one?.key)
  })

  it('shares nothing between connections with contexts of their own', () => {
    const settings = settingsOf({ serverMaxWindowBits: 12, clientMaxWindowBits: 12, contextTakeover: true })
    const [one, two] = [0, 1].map(() => negotiateDeflate(parseExtensions('permessage-deflate') ?? [], settings))
    expect(one?.deflater).not.toBe(two?.deflater)
    expect(one?.inflater).not.toBe(two?.inflater)
  })
})

describe.each(ENGINES)('the negotiation of compression with the %s engine', (engine) => {
  const CHOSEN = SETTINGS.filter(({ clientMaxWindowBits }) => clientMaxWindowBits !== 8)

  it.each(CHOSEN)('CP-07 keeps to what it answered: %o', async (compression) => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', {
        compression: { threshold: 0, ...compression },
        onMessage: (ws, m) => ws.send(m.data),
      }),
    )
    for (const offer of OFFERS.filter((_, index) => index % 7 === 0)) {
      const client = await DeflateClient.open(site, '/ws', textOf(offer))
      const answer = read(client.response.headers['sec-websocket-extensions'] ?? '')
      await expectRoundTrips(client, expectHonest(offer, answer, compression))
      client.connection.destroy()
    }
  })

  async function expectRoundTrips(client: DeflateClient, agreement: DeflateAgreement): Promise<void> {
    const { serverContextTakeover, clientContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = agreement
    const deflater = new Deflater({ windowBits: clientMaxWindowBits, contextTakeover: clientContextTakeover })
    const inflater = new Inflater({ windowBits: serverMaxWindowBits, contextTakeover: serverContextTakeover })
    const block = varied(700)
    // Repeats at every distance that a window may be too small for.
    for (const message of [block, Buffer.concat([block, block]), Buffer.concat([varied(5_000), block, block])]) {
      const payload = await new Promise<Buffer | undefined>((resolve) => deflater.deflate(message, resolve))
      client.write(clientFrame(Opcode.BINARY, payload ?? message, { rsv1: payload !== undefined }))
      const echo = await client.next()
      const result = await new Promise<Buffer>((resolve, reject) => {
        if (!echo.rsv1) resolve(echo.payload)
        else inflater.inflate(echo.payload, 1e6, (r) => (r.ok ? resolve(r.data) : reject(new Error(r.failure.code))))
      })
      expect(message.equals(result)).toBe(true)
    }
  }

  it.each([
    'x-unknown',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; server_max_window_bits=08',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; client_max_window_bits=7',
    'permessage-deflate; client_max_window_bits=16',
    'permessage-deflate; client_max_window_bits; client_max_window_bits',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate; unknown',
    'permessage-deflate; __proto__=1',
    'x-webkit-deflate-frame, permessage-bzip2',
  ])('HS-18 declines %s, and opens', async (offer) => {
    const site = await serve({ engine }, (app) =>
      app.api.websocket('/ws', { compression: {}, onMessage: (ws, m) => ws.send(m.data) }),
    )
    const client = await DeflateClient.open(site, '/ws', offer)
    expect(client.response.headers).not.toHaveProperty('sec-websocket-extensions')
    client.write(clientFrame(Opcode.TEXT, 'plain'))
    expect(await client.next()).toEqual({ opcode: Opcode.TEXT, rsv1: false, payload: Buffer.from('plain') })
  })

  it('HS-18 takes a quoted value, and the first offer that it can', async () => {
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', { compression: {}, onMessage() {} }))
    // ws refuses the handshake for any offer of permessage-deflate that it cannot read.
    const unreadable = engine === 'frame' ? 'permessage-deflate; unknown, ' : ''
    for (const offer of [
      'permessage-deflate; server_max_window_bits="10"',
      `x-other, ${unreadable}permessage-deflate; server_max_window_bits=10`,
    ]) {
      const client = await DeflateClient.open(site, '/ws', offer)
      expect(read(client.response.headers['sec-websocket-extensions'] ?? '').serverBits, offer).toBe(10)
    }
  })

  it.each([
    'permessage-deflate; =',
    'permessage-deflate; server_max_window_bits="10',
    ';',
    'permessage-deflate;',
    'a b',
    Array.from({ length: 200 }, () => 'permessage-deflate').join(', '),
  ])('HS-18 denies what is malformed: %s', async (offer) => {
    const site = await serve({ engine }, (app) => app.api.websocket('/ws', { compression: {}, onMessage() {} }))
    const response = await site.ask(upgradeRequest({ add: [['Sec-WebSocket-Extensions', offer]] }))
    expect(response.status).toBe(400)
  })
})
