import {
  acceptDeflate,
  checkUpgradeRequest,
  checkUpgradeResponse,
  chooseSubprotocol,
  formatExtensions,
  formatUpgradeResponse,
  isHandshakeKey,
  isToken,
  parseExtensions,
  type UpgradeOffer,
  type UpgradeRequestHead,
} from '../src/index.ts'
import { Random } from './random.ts'

export interface HandshakeReport {
  handshakes: number
  /** How many requests got which status. */
  readonly statuses: Map<number, number>
}

type Field = readonly [name: string, value: string]

const GOOD: readonly Field[] = [
  ['Host', 'example.com'],
  ['Upgrade', 'websocket'],
  ['Connection', 'keep-alive, Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Origin', 'https://example.com'],
  ['Sec-WebSocket-Protocol', 'chat.v2, chat.v1'],
  ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits; server_max_window_bits=10, x; y="z"'],
]
const ODD_NAMES = ['__proto__', 'constructor', 'Content-Length', 'Transfer-Encoding', '', 'X-\u00ff', 'host ']
const ODD_VALUES = ['', ',', '13, 8', 'h2c', 'a,,b', 'permessage-deflate; server_max_window_bits=7', '"', '\u00a0']
const TARGETS = ['/', '/path?x=1', '*', 'http://example.com/', 'http://other.com/', '//', 'http://', '', 'a:b']
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'HEAD', 'get', '']
const CHARACTERS = ' \t,;="\\:\r\n\0aZ09=-_/\u00e4\u00ff'

/**
 * Checks random upgrade requests: good ones with up to three lines changed, dropped, doubled or added.
 *
 * @throws When a check throws, or accepts what it must not. The message names the seed.
 */
export function fuzzHandshakes(count: number, seed: number): HandshakeReport {
  const report: HandshakeReport = { handshakes: 0, statuses: new Map() }
  for (let index = 0; index < count; index++) {
    try {
      const status = fuzzHandshake(new Random(seed + index))
      report.handshakes++
      report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1)
    } catch (error) {
      throw new Error(`Handshake of seed ${seed + index}: ${(error as Error).message}`, { cause: error })
    }
  }
  return report
}

function fuzzHandshake(random: Random): number {
  const verdict = checkUpgradeRequest(createRequest(random))
  if (!verdict.ok) return verdict.denial.status
  assertOffer(verdict.offer)
  assertAnswer(verdict.offer)
  return 101
}

function createRequest(random: Random): UpgradeRequestHead {
  const fields = [...GOOD]
  for (let changes = random.below(4); changes > 0; changes--) changeFields(random, fields)
  const isOdd = random.oneIn(10)
  return {
    method: isOdd ? random.pick(METHODS) : 'GET',
    url: isOdd ? random.pick(TARGETS) : '/',
    httpVersion: random.oneIn(40) ? '1.0' : '1.1',
    rawHeaders: fields.flat(),
  }
}

function changeFields(random: Random, fields: Field[]): void {
  const at = random.below(fields.length)
  const [name, value] = fields[at] ?? ['', '']
  switch (random.below(5)) {
    case 0:
      fields.splice(at, 1)
      break
    case 1:
      fields.push([name.toUpperCase(), random.oneIn(2) ? value : random.pick(ODD_VALUES)])
      break
    case 2:
      fields[at] = [name, random.pick(ODD_VALUES)]
      break
    case 3:
      fields.push([random.pick(ODD_NAMES), random.pick(ODD_VALUES)])
      break
    default:
      fields[at] = [name, changeText(random, value)]
  }
}

function changeText(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const character = CHARACTERS[random.below(CHARACTERS.length)] ?? ''
  const inserted = random.oneIn(20) ? character.repeat(random.below(2000)) : character
  return text.slice(0, at) + inserted + text.slice(at + random.below(3))
}

function assertOffer({ key, subprotocols, extensions }: UpgradeOffer): void {
  assert(isHandshakeKey(key), 'the key is malformed')
  assert(subprotocols.every(isToken), 'a subprotocol is no token')
  assert(new Set(subprotocols).size === subprotocols.length, 'a subprotocol comes twice')
  if (extensions.length === 0) return
  const again = parseExtensions(formatExtensions(extensions))
  assert(JSON.stringify(again) === JSON.stringify(extensions), 'the extensions change when written down')
}

/** What the server answers is what a client with the same offer accepts. */
function assertAnswer({ key, subprotocols, extensions }: UpgradeOffer): void {
  const subprotocol = chooseSubprotocol(['chat.v1', 'chat.v2'], subprotocols)
  const deflate = acceptDeflate(extensions)
  const agreed = deflate === undefined ? [] : [deflate.response]
  const response = formatUpgradeResponse({ key, subprotocol, extensions: agreed })
  const lines = response.split('\r\n').slice(1, -2)
  const rawHeaders = lines.flatMap((line) => line.split(/: (.*)/).slice(0, 2))
  assert(response.endsWith('\r\n\r\n') && response.split('\r\n\r\n').length === 2, 'the response has two ends')
  const verdict = checkUpgradeResponse({ statusCode: 101, rawHeaders }, { key, subprotocols, extensions })
  assert(verdict.ok, 'a client would not accept the response')
}

function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}
