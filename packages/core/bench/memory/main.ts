/**
 * Measures what a server needs of memory: `node --conditions=@sluice/source bench/memory/main.ts [part…]`, all parts
 * without a name: `leaks [--connections 10000 --cycles 10 --compression]`, `zip-bombs`, `fragment-bombs`, `connections`.
 * `--engine ws` measures the other engine. Ends with status 1 where a bound of our own engine does not hold.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { MAX_FRAGMENT_BOMBS_COST, MAX_ZIP_BOMB_COST, measureFragmentBombs, measureZipBombs } from './bombs.ts'
import { OFFER } from './clients.ts'
import { MAX_CONNECTION_COST, measureConnections } from './connection-memory.ts'
import { MAX_HEAP_GROWTH, measureLeak } from './leak.ts'
import { inUse, type MemoryReading } from './reading.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connections: { type: 'string' },
    cycles: { type: 'string', default: '10' },
    compression: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'frame' },
  },
})
const engine = values.engine === 'ws' ? 'ws' : 'frame'
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  leaks: reportLeaks,
  'zip-bombs': reportZipBombs,
  'fragment-bombs': reportFragmentBombs,
  connections: reportConnections,
}

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0]?.model}, engine ${engine}`,
)
for (const name of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const part = PARTS[name]
  if (part === undefined) throw new Error(`no part '${name}': ${Object.keys(PARTS).join(', ')}`)
  console.log(`\n${name}`)
  await part()
}

async function reportLeaks(): Promise<void> {
  const connections = Number(values.connections ?? 10_000)
  const compression = values.compression ? {} : false
  const { start, open, cycles } = await measureLeak({ connections, cycles: Number(values.cycles), engine, compression })
  print('at the start', start)
  for (const [index, reading] of cycles.entries()) print(`after cycle ${index + 1}`, reading)
  print(`${connections} open`, open)
  const last = cycles.at(-1) ?? start
  judge('heap that is not given back', inUse(last) - inUse(start), MAX_HEAP_GROWTH)
}

async function reportZipBombs(): Promise<void> {
  const one = await measureZipBombs({ bombs: 1, engine })
  console.log(`1 GiB in ${one.wireLength} bytes`)
  judge('one', one.cost, MAX_ZIP_BOMB_COST)
  const hundred = await measureZipBombs({ bombs: 100, engine })
  judge('100 at once, each', hundred.cost / 100, MAX_ZIP_BOMB_COST)
}

async function reportFragmentBombs(): Promise<void> {
  const { wireLength, cost } = await measureFragmentBombs({ bombs: 1_000, engine })
  console.log(`1024 fragments of a byte in ${wireLength} bytes`)
  judge('1,000 of them', cost, MAX_FRAGMENT_BOMBS_COST)
}

async function reportConnections(): Promise<void> {
  const connections = Number(values.connections ?? 2_000)
  const measure = async (name: string, compression: false | object, offer: string): Promise<void> => {
    const { inUse, rss } = await measureConnections({ connections, engine, compression, offer })
    console.log(`${name}: ${inUse} bytes in use, ${rss} bytes resident`)
    if (compression !== false) judge(name, inUse, MAX_CONNECTION_COST)
  }
  await measure('no compression', false, 'none')
  await measure('compression', {}, OFFER)
  await measure('context takeover', { contextTakeover: true }, OFFER)
  await measure('context takeover, the client with a window of 32 KiB', { contextTakeover: true }, 'permessage-deflate')
}

function judge(what: string, bytes: number, bound: number): void {
  console.log(`${what}: ${megabytes(bytes)} of at most ${megabytes(bound)}`)
  if (bytes > bound && engine === 'frame') process.exitCode = 1
}

function print(when: string, { heapUsed, external, rss }: MemoryReading): void {
  const parts = [heapUsed, external, rss].map((bytes) => megabytes(bytes).padStart(9))
  console.log(`${when.padEnd(16)} heap ${parts[0]}, external ${parts[1]}, resident ${parts[2]}`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
