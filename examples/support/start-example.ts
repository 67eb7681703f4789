import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A `main.ts` that runs in a process of its own. */
export interface StartedExample extends AsyncDisposable {
  /** The address that it printed. */
  readonly address: string
  /** What it printed before. */
  readonly output: readonly string[]
  /** Sends a signal and waits for the end. Resolves to the exit code, null when the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * Starts the `main.ts` of an example on a free port, and waits until it has printed its address.
 * @param env what is set besides the environment of the test; `PORT: undefined` leaves the choice to the example
 */
export async function startExample(
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>> = { PORT: '0' },
): Promise<StartedExample> {
  const main = join(import.meta.dirname, '..', name, 'main.ts')
  const child = spawn(process.execPath, ['--conditions=@sluice/source', main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const output: string[] = []
  return {
    address: await addressIn(child, output),
    output,
    async stop(signal) {
      child.kill(signal)
      const [code] = await ended
      return code
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function addressIn(child: ChildProcessByStdio<null, Readable, null>, output: string[]): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    output.push(line)
    const address = /\b(?:ws|http):\/\/[^\s)]+/.exec(line)
    if (address !== null) return address[0]
  }
  throw new Error(`${child.spawnargs.join(' ')} ended without printing an address:\n${output.join('\n')}`)
}
