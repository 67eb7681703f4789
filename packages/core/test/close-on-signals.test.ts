import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'

const source = JSON.stringify(new URL('../src/index.ts', import.meta.url).href)

/** Runs a program, and hands over its lines. It is gone at the end of the test. */
function run(program: string): { child: ChildProcessByStdio<null, Readable, Readable>; lines: AsyncIterator<string> } {
  const args = ['--conditions=@sluice/source', '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: import.meta.dirname })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

/** An app whose `close` does what is given, and that is kept alive until then. */
const program = (close: string, options = '{}') => `
  import { closeOnSignals } from ${source}
  const alive = setInterval(() => {}, 60_000)
  process.once('SIGUSR2', () => clearInterval(alive))
  closeOnSignals({ close: async () => { console.log('closing'); ${close} } }, ${options})
  console.log('ready')
`

describe('closeOnSignals', { timeout: 20_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('SD-07 closes on %s, and the process ends by itself', async (signal) => {
    const { child, lines } = run(program('clearInterval(alive)'))
    await lines.next()
    child.kill(signal)
    expect(await lines.next()).toMatchObject({ value: 'closing' })
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('SD-05 closes once, and a second signal ends the process at once', async () => {
    const { child, lines } = run(program('await new Promise(() => {})', '{ repeatTime: 0 }'))
    await lines.next()
    child.kill('SIGTERM')
    expect(await lines.next()).toMatchObject({ value: 'closing' })
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    expect(await lines.next()).toMatchObject({ done: true })
  })

  it('SD-05 takes a signal that is repeated at once for one', async () => {
    const { child, lines } = run(
      program("process.once('SIGUSR2', () => clearInterval(alive))", '{ repeatTime: 600_000 }'),
    )
    await lines.next()
    child.kill('SIGINT')
    expect(await lines.next()).toMatchObject({ value: 'closing' })
    child.kill('SIGINT')
    child.kill('SIGUSR2')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('reports an error of close, and ends with code 1', async () => {
    const { child, lines } = run(program("clearInterval(alive); throw new Error('no way')"))
    await lines.next()
    child.kill('SIGTERM')
    const [exit, stderr] = await Promise.all([once(child, 'exit'), child.stderr.toArray()])
    expect(exit).toEqual([1, null])
    expect(Buffer.concat(stderr).toString()).toContain('Error: no way')
  })
})
