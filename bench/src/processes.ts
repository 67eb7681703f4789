import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A child process that speaks lines of JSON. */
export interface LineProcess<Event> {
  /** The next line. Rejects when the process ends first, with what it wrote to standard error, or after `timeout`. */
  next(timeout: number): Promise<Event>
  write(text: string | Buffer): void
  closeInput(): void
  /** Ends the process and resolves when it is gone. */
  end(): Promise<void>
}

const live = new Set<ChildProcess>()
const canPin = process.platform === 'linux' && spawnSync('taskset', ['--version']).status === 0

/** Whether processes can be tied to a core: `taskset` is there. */
export function canPinProcesses(): boolean {
  return canPin
}

/** Ends every process that was started and still runs, each by its id. */
export function endAllProcesses(): void {
  for (const child of live) child.kill('SIGKILL')
}

/** Starts a program on one core, or anywhere where there is no core to tie it to. */
export function startProcess<Event>(
  core: number | undefined,
  command: string,
  args: readonly string[],
): LineProcess<Event> {
  const pinned = core !== undefined && canPin
  const child = pinned
    ? spawn('taskset', ['-c', String(core), command, ...args], { stdio: 'pipe' })
    : spawn(command, args, { stdio: 'pipe' })
  live.add(child)

  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-4000)
  })
  // A process that ended early makes the write fail; `next` reports its end.
  child.stdin.on('error', () => {})
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(errors.trim() || `${command} ended with ${signal ?? code}`))
  }).finally(() => live.delete(child))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  return {
    next: (timeout) => nextEvent(lines, ended, timeout),
    write: (text) => {
      child.stdin.write(text)
    },
    closeInput: () => {
      child.stdin.end()
    },
    end: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function nextEvent<Event>(
  lines: AsyncIterator<string, unknown>,
  ended: Promise<string>,
  timeout: number,
): Promise<Event> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeout} ms`)), timeout)
  })
  try {
    const line = await Promise.race([lines.next(), late])
    if (line.done) throw new Error(await Promise.race([ended, late]))
    return JSON.parse(line.value)
  } finally {
    clearTimeout(timer)
  }
}
