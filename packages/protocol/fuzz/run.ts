/**
 * Fuzzes the receiver and the opening handshake: `node --conditions=@sluice/source fuzz/run.ts --streams N --seed S`.
 * The same seed gives the same streams. Ends with status 1 at the first promise broken.
 */
import { parseArgs } from 'node:util'
import { fuzzHandshakes } from './fuzz-handshakes.ts'
import { fuzzStreams } from './fuzz-streams.ts'

const PORTION = 10_000
const MEBIBYTE = 1_048_576
/** How much higher the low water of the heap may be in the second half than in the first. */
const MAX_GROWTH = 32 * MEBIBYTE

const { values } = parseArgs({ options: { streams: { type: 'string' }, seed: { type: 'string' } } })
const streams = Number(values.streams ?? 100_000)
const seed = Number(values.seed ?? 1)

const handshakes = Math.ceil(streams / 10)
const begin = process.cpuUsage()
const totals = new Map<string, number>()
const heaps: number[] = []

for (let done = 0; done < streams; done += PORTION) {
  const report = await fuzzStreams(Math.min(PORTION, streams - done), seed + done)
  addTo(totals, report.ends, 'stream ended: ')
  addTo(totals, report.differences, 'differs from ws: ')
  heaps.push(process.memoryUsage().heapUsed)
}
addTo(totals, fuzzHandshakes(handshakes, seed).statuses, 'handshake status: ')

const { user, system } = process.cpuUsage(begin)
const growth = Math.min(...heaps.slice(heaps.length >> 1)) - Math.min(...heaps.slice(0, (heaps.length + 1) >> 1))
for (const [name, total] of [...totals].sort()) console.log(`${String(total).padStart(9)}  ${name}`)
console.log(`${streams} streams and ${handshakes} handshakes from seed ${seed}`)
console.log(`${Math.round(streams / ((user + system) / 1e6))} streams for each second of processor time`)
console.log(`heap grew by ${(growth / MEBIBYTE).toFixed(1)} MiB`)
if (growth > MAX_GROWTH) throw new Error('The heap grew')

function addTo(sums: Map<string, number>, counts: ReadonlyMap<string | number, number>, prefix: string): void {
  for (const [name, count] of counts) sums.set(prefix + name, (sums.get(prefix + name) ?? 0) + count)
}
