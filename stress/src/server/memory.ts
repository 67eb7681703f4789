import { readFileSync, writeFileSync } from 'node:fs'
import type { ServerReading } from './reading.ts'

const isLinux = process.platform === 'linux'

/** Collects what can be collected, and reads what is left. */
export async function readMemory(): Promise<Pick<ServerReading, 'heapUsed' | 'external' | 'rss' | 'peakRss'>> {
  const peakRss = readPeak()
  // What ends with one turn may be held by the next one.
  for (let count = 0; count < 5; count++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  forgetPeak()
  return { heapUsed, external, rss, peakRss }
}

/** Linux counts into `maxRSS` what the parent had when it forked. */
function readPeak(): number {
  if (!isLinux) return process.resourceUsage().maxRSS * 1_024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1_024
}

/** Elsewhere than on Linux the peak is that of the whole life, which is no less. */
function forgetPeak(): void {
  if (isLinux) writeFileSync('/proc/self/clear_refs', '5')
}
