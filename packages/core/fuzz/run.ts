/**
 * Fuzzes a server that listens: `node --conditions=@sluice/source fuzz/run.ts [options]`, each with a number, as they are
 * by default: `--handshakes 40000 --streams 40000 --resets 10000 --seed 1`; and `--engine ws` for the other engine.
 * The same seed sends the same bytes. Ends with status 1 at the first promise broken.
 */
import { parseArgs } from 'node:util'
import { abandonHandshakes } from './abandon-handshakes.ts'
import { fuzzHandshakes } from './fuzz-handshakes.ts'
import { fuzzStreams } from './fuzz-streams.ts'

const { values } = parseArgs({
  options: {
    handshakes: { type: 'string', default: '40000' },
    streams: { type: 'string', default: '40000' },
    resets: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'frame' },
  },
})
const options = { seed: Number(values.seed), engine: values.engine === 'ws' ? 'ws' : 'frame' } as const

const { statuses } = await fuzzHandshakes({ ...options, count: Number(values.handshakes) })
print(`${values.handshakes} handshakes`, 'status', statuses)

const { ends } = await fuzzStreams({ ...options, count: Number(values.streams) })
print(`${values.streams} streams`, 'close code', ends)

const { connects, disconnects } = await abandonHandshakes({ ...options, count: Number(values.resets) })
console.log(`${values.resets} handshakes reset at their 101: ${connects} connected, ${disconnects} disconnected`)

function print(what: string, of: string, counts: ReadonlyMap<number | 'none', number>): void {
  console.log(`${what} from seed ${options.seed}, engine ${options.engine}`)
  const sorted = [...counts].sort(([a], [b]) => String(a).localeCompare(String(b)))
  for (const [key, count] of sorted) console.log(`${String(count).padStart(9)}  ${of} ${key || 'none'}`)
}
