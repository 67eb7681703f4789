import { readFileSync } from 'node:fs'
import os from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memory: number
  readonly platform: string
}

/** One core for the server, one for the load generator. */
export interface Cores {
  readonly server: number
  readonly load: number
}

export function describeMachine(): Machine {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memory: os.totalmem(),
    platform: `${os.type()} ${os.release()} ${os.arch()}`,
  }
}

/** Two cores of this process's own that are not two threads of one core, or `undefined` where there are none. */
export function chooseCores(): Cores | undefined {
  const allowed = parseCoreList(/^Cpus_allowed_list:\s*(\S+)/m.exec(readText('/proc/self/status'))?.[1] ?? '')
  const [server, ...others] = allowed
  if (server === undefined) return undefined
  const siblings = parseCoreList(readText(`/sys/devices/system/cpu/cpu${server}/topology/thread_siblings_list`).trim())
  const load = others.find((core) => !siblings.includes(core)) ?? others[0]
  return load === undefined ? undefined : { server, load }
}

/** Reads a list such as `0-3,8`, as Linux writes sets of cores. */
export function parseCoreList(text: string): number[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
}

/** How many files and sockets one process may have open. */
export function openFileLimit(): number {
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(readText('/proc/self/limits'))?.[1] ?? 1024)
}

/** Starts watching some cores. The function returned tells which share of the time since then they were not idle, from 0 to 1. */
export function watchCores(cores: readonly number[]): () => number {
  const startedAt = performance.now()
  const idleAtStart = idleTime(cores)
  return () => {
    const elapsed = (performance.now() - startedAt) * cores.length
    return Math.min(1, Math.max(0, 1 - (idleTime(cores) - idleAtStart) / elapsed))
  }
}

function idleTime(cores: readonly number[]): number {
  const cpus = os.cpus()
  return cores.reduce((sum, core) => sum + (cpus[core]?.times.idle ?? 0), 0)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
