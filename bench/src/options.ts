import { parseArgs } from 'node:util'

/** What one run of the benchmarks does. */
export interface BenchOptions {
  /** Workloads of these names, or whose names begin with one of them; all where it is empty. */
  readonly only: readonly string[]
  /** Names of peers; all where it is empty. */
  readonly peers: readonly string[]
  /** The peer that every figure is divided by; `ws` where it takes part and nothing else is said. */
  readonly against: string | undefined
  readonly rounds: number
  /** Seconds of measurement for each peer, workload and round. */
  readonly seconds: number
  /** `native` falls back to `node` where there is no C compiler. */
  readonly generator: 'native' | 'node'
  /** Where the results go; relative paths are relative to the working directory. */
  readonly json: string | undefined
  readonly svg: string | undefined
  /** Rewrite the results of `bench/README.md` and its chart. */
  readonly readme: boolean
  /** Show earlier results instead of measuring. */
  readonly from: string | undefined
  /** Only check that every peer works, in seconds. */
  readonly smoke: boolean
  readonly help: boolean
}

export const USAGE = `pnpm bench [options]

  --only <names>       workloads or groups of them, separated by commas: echo, fan-out-16
  --peers <names>      peers that take part, separated by commas
  --against <peer>     the peer that the others are compared with (ws)
  --rounds <n>         turns of every peer (5)
  --seconds <n>        seconds of measurement for each turn, at most 10 (2)
  --generator <which>  native or node (native, where there is a C compiler)
  --json <file>        where the results go (bench/results/latest.json)
  --svg <file>         where the chart goes (bench/results/latest.svg)
  --readme             write the results into bench/README.md, the chart to bench/chart.svg
  --from <file>        show earlier results again instead of measuring
  --smoke              only check that every peer works
  --help
`

/** Reads the command line. Throws for an option that it does not know or a value out of range. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      peers: { type: 'string', default: '' },
      against: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      generator: { type: 'string', default: 'native' },
      json: { type: 'string' },
      svg: { type: 'string' },
      readme: { type: 'boolean', default: false },
      from: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { generator } = values
  if (generator !== 'native' && generator !== 'node') {
    throw new RangeError(`--generator is native or node, not '${generator}'`)
  }
  const rounds = parseNumber('rounds', values.rounds, 100)
  if (!Number.isInteger(rounds)) throw new RangeError(`--rounds is a whole number, not '${values.rounds}'`)
  return {
    only: parseList(values.only),
    peers: parseList(values.peers),
    against: values.against,
    rounds,
    // Heartbeats of 25 seconds must not fall into a measurement: Socket.IO's are data frames.
    seconds: parseNumber('seconds', values.seconds, 10),
    generator,
    json: values.json,
    svg: values.svg,
    readme: values.readme,
    from: values.from,
    smoke: values.smoke,
    help: values.help,
  }
}

function parseNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!(value > 0 && value <= most)) throw new RangeError(`--${name} is more than 0 and at most ${most}, not '${text}'`)
  return value
}

function parseList(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
