import type { WebSocketConnection } from '@sluice/core'
import type { Case, Cases } from '../matrix.ts'

export const PARAMS: Cases = {
  'PA-01 spellings of integers': values(
    'int',
    ['0', '-7', '9007199254740991'],
    ['1e3', '+1', '01', '-0', '0x10', ' 1', '1 ', '1.0', 'NaN', '9007199254740993', '٣', '1_0'],
  ),
  'PA-02 spellings of floats': values('float', ['19.99', '-0.5', '1e3'], ['NaN', 'Infinity', '0x1', '1,5', '1e400']),
  'PA-02 spellings of booleans': values('bool', ['true', 'TRUE', 'yes', 'off'], ['2', 't', 'wahr', 'null']),
  'PA-02 spellings of dates': values('date', ['2024-02-29'], ['2023-02-29', '2024-2-9', '29.02.2024']),
  'PA-02 spellings of UUIDs': values(
    'uuid',
    ['0F8FAD5B-D9CB-469F-A165-70867728950E'],
    ['0f8fad5bd9cb469fa16570867728950e', 'x'],
  ),
  'PA-02 spellings of a choice': values('enum(red,green)', ['red'], ['Red', 'blue', 'red,green']),
  'PA-03 broken and hostile escapes': {
    visits: [
      ...['/ws/%zz', '/ws/%', '/ws/%C0%AF', '/ws/%ED%A0%80'].map((target) => ({ target, end: 400 })),
      ...['/ws/%00', '/ws/a%0Ab', '/ws/%7F'].map((target) => ({ target, end: 422 })),
      ...['/ws/a%2Fb', '/ws/%252F', '/ws/%C3%A4'].map((target) => ({ target, end: 1000 })),
    ],
  },
  'PA-04 params that are too long': {
    visits: [100, 101, 10_000].map((length) => ({
      target: `/ws/${'a'.repeat(length)}`,
      end: length > 100 ? 414 : 1000,
    })),
  },
  'PA-06 names of prototypes': {
    app: { handler: tellQuery },
    visits: [{ target: '/ws/7?__proto__[x]=1&__proto__=2&constructor.prototype.x=1&a=1', end: 1000 }],
  },
  'PA-07 repeated keys in a query': {
    app: { handler: tellQuery },
    visits: ['n=1&n=2', 'n[]=1', 'n', 'n=', 'n=1,2', '=1', 'n=%zz'].map((query) => ({ query, end: 1000 })),
  },
  'PA-08 a huge query': {
    app: { handler: tellQuery },
    visits: [
      { query: '&'.repeat(999), end: 1000 },
      { query: '&'.repeat(1_000), end: 414 },
      { query: 'a'.repeat(8_192), end: 1000 },
      { query: 'a'.repeat(8_193), end: 414 },
      { query: 'a'.repeat(17_000), end: 431 },
    ],
  },
}

/** A route with one param, what it takes, and what it does not. */
function values(converter: string, good: readonly string[], bad: readonly string[]): Case {
  const target = (text: string) => `/ws/${encodeURIComponent(text)}`
  return {
    app: { path: `/ws/{value:${converter}}` },
    visits: [
      ...good.map((text) => ({ target: target(text), end: 1000 })),
      ...bad.map((text) => ({ target: target(text), end: 422 })),
    ],
  }
}

async function tellQuery(ws: WebSocketConnection): Promise<void> {
  await ws.accept()
  await ws.sendJson([ws.query, 'x' in {}])
}
