import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile, type Measurement, typescriptVersion } from './compile.ts'
import { type ApiSource, generateApp } from './generate-app.ts'

/** Measures what typed routes cost the compiler: an app of many routes against the same app without any. */
const { values: flags } = parseArgs({
  options: {
    api: { type: 'string', default: 'core' },
    routes: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    chained: { type: 'boolean', default: false },
    schemas: { type: 'boolean', default: false },
  },
})

if (flags.api !== 'core' && flags.api !== 'stand-in')
  throw new RangeError(`--api is core or stand-in, not ${flags.api}`)
if (flags.schemas && flags.api !== 'core') throw new RangeError('--schemas is for --api core')
const api: ApiSource = flags.api
const routes = positiveInteger('routes', flags.routes)
const rounds = positiveInteger('rounds', flags.rounds)

const { chained, schemas } = flags
const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-types-'))
try {
  const baseline = await generateApp({ folder: join(folder, 'baseline'), api, routes: 0, chained, schemas })
  const app = await generateApp({ folder: join(folder, 'app'), api, routes, chained, schemas })

  // The first compilation of each only fills the disk cache.
  await compile(baseline)
  await compile(app)

  const measured: { baseline: Measurement[]; app: Measurement[] } = { baseline: [], app: [] }
  for (let round = 0; round < rounds; round++) {
    measured.baseline.push(await compile(baseline))
    measured.app.push(await compile(app))
  }

  const result = {
    api,
    routes,
    chained,
    schemas,
    rounds,
    baseline: median(measured.baseline),
    app: median(measured.app),
    typescript: typescriptVersion(),
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    date: new Date().toISOString(),
  }
  const text = `${JSON.stringify(result, null, 2)}\n`
  const results = join(import.meta.dirname, '..', 'results')
  await mkdir(results, { recursive: true })
  await writeFile(join(results, `types-${api}${chained ? '-chained' : ''}${schemas ? '-schemas' : ''}.json`), text)
  process.stdout.write(text)
} finally {
  await rm(folder, { recursive: true })
}

function positiveInteger(flag: string, text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new RangeError(`--${flag} is a positive integer, not ${text}`)
  return Number(text)
}

function median(measurements: readonly Measurement[]): Measurement {
  const middle = (read: (measurement: Measurement) => number): number => {
    const sorted = measurements.map(read).sort((a, b) => a - b)
    const half = sorted.length / 2
    return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2
  }
  return {
    totalTime: middle(({ totalTime }) => totalTime),
    checkTime: middle(({ checkTime }) => checkTime),
    memory: middle(({ memory }) => memory),
    types: middle(({ types }) => types),
    instantiations: middle(({ instantiations }) => instantiations),
  }
}
