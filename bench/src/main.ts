import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chooseGenerator, NODE_GENERATOR } from './load-process.ts'
import { chooseCores, describeMachine, openFileLimit, watchCores } from './machine.ts'
import { type BenchOptions, parseOptions, USAGE } from './options.ts'
import { PEERS } from './peers.ts'
import { canPinProcesses, endAllProcesses } from './processes.ts'
import { drawChart } from './report/chart.ts'
import { fillReadme } from './report/readme.ts'
import type { Results, WorkloadResults } from './report/results.ts'
import { formatResults, isBusy } from './report/table.ts'
import { findPeers, runWorkload, verifyWorkload } from './run.ts'
import { runSmoke } from './smoke.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

const LATEST = fileURLToPath(new URL('../results/latest', import.meta.url))
const README = fileURLToPath(new URL('../README.md', import.meta.url))
const README_CHART = fileURLToPath(new URL('../chart.svg', import.meta.url))
/** Milliseconds of load before each measurement: V8 has compiled what is hot. */
const WARMUP = 500
/** Files that a process has open besides its sockets, and the sockets that an idle workload opens before it counts. */
const SPARE_FILES = 200

process.on('exit', endAllProcesses)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

const options = parseOptions(process.argv.slice(2))
if (options.help) process.stdout.write(USAGE)
else if (options.smoke) print(await runSmoke(selectPeers(options)))
else if (options.from !== undefined) publish(JSON.parse(readFileSync(options.from, 'utf8')), options)
else publish(await runAll(options), options)

async function runAll(options: BenchOptions): Promise<Results> {
  const isPinned = canPinProcesses() && chooseCores() !== undefined
  const cores = isPinned ? chooseCores() : undefined
  if (!isPinned) note('nothing is pinned: taskset or a second core is missing, so that the figures are worth less')
  const generator = options.generator === 'node' ? NODE_GENERATOR : await chooseGenerator()
  if (generator.name !== options.generator) note('there is no C compiler: the load generator on Node may be the limit')

  const { present, reports, absent } = await findPeers(selectPeers(options))
  chooseBase(present, options)
  for (const peer of absent) note(`${peer.name} is absent: ${peer.reason}`)
  const workloads = selectWorkloads(options)
  const peersOf = (workload: Workload) => present.filter((peer) => workload.peers.includes(peer.name))

  const readBusy = watchCores(Array.from({ length: describeMachine().cores }, (_, core) => core))
  await delay(1000)
  const busyBefore = readBusy()
  if (isBusy({ busyBefore }))
    note(`the machine is busy (${Math.round(busyBefore * 100)} %): the figures will prove nothing`)

  for (const workload of workloads) {
    note(`checking ${workload.name}`)
    await verifyWorkload(workload, peersOf(workload), cores?.server)
  }
  const conditions = { cores, generator, warmup: WARMUP, duration: options.seconds * 1000 }
  const results: WorkloadResults[] = []
  for (const workload of workloads) {
    results.push(
      await runWorkload(workload, peersOf(workload), options.rounds, conditions, (peer, round) =>
        note(`${workload.name}, round ${round} of ${options.rounds}: ${peer.name}`),
      ),
    )
  }
  return {
    date: new Date().toISOString(),
    machine: describeMachine(),
    isPinned,
    busyBefore,
    generator: generator.name,
    rounds: options.rounds,
    seconds: options.seconds,
    peers: reports,
    absent,
    workloads: results,
  }
}

function selectPeers({ peers }: BenchOptions): typeof PEERS {
  const unknown = peers.find((name) => PEERS.every((peer) => peer.name !== name))
  if (unknown !== undefined) {
    throw new RangeError(`no peer '${unknown}'; there are ${PEERS.map((peer) => peer.name).join(', ')}`)
  }
  return peers.length === 0 ? PEERS : PEERS.filter((peer) => peers.includes(peer.name))
}

function selectWorkloads({ only }: BenchOptions): Workload[] {
  const most = openFileLimit() - SPARE_FILES
  const selected = WORKLOADS.filter(
    ({ name }) => only.length === 0 || only.some((part) => name === part || name.startsWith(`${part}-`)),
  )
  if (selected.length === 0)
    throw new RangeError(`no workload; there are ${WORKLOADS.map(({ name }) => name).join(', ')}`)
  return selected.map((workload) => ({ ...workload, sockets: Math.min(workload.sockets, most) }))
}

/** The peer that the others are compared with. */
function chooseBase(peers: readonly { readonly name: string }[], { against }: BenchOptions): string {
  const names = peers.map(({ name }) => name)
  if (against !== undefined && !names.includes(against)) throw new RangeError(`'${against}' takes no part`)
  return against ?? (names.includes('ws') ? 'ws' : (names[0] ?? 'ws'))
}

function publish(results: Results, options: BenchOptions): void {
  const against = chooseBase(results.peers, options)
  const text = formatResults(results, against)
  const chart = drawChart(results, against)
  print(text)
  if (options.from === undefined) write(options.json ?? `${LATEST}.json`, `${JSON.stringify(results, null, 2)}\n`)
  write(options.svg ?? `${LATEST}.svg`, chart)
  if (!options.readme) return
  write(README_CHART, chart)
  write(README, fillReadme(readFileSync(README, 'utf8'), `![The medians as bars](chart.svg)\n\n${text}`))
}

function write(path: string, text: string): void {
  mkdirSync(dirname(resolve(path)), { recursive: true })
  writeFileSync(path, text)
  note(`wrote ${path}`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Progress and warnings go to standard error, so that the results alone can be redirected. */
function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
