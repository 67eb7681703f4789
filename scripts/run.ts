import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface RunOptions {
  readonly cwd?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program that shares our output and gets no input. Resolves to its exit code, 1 when a signal ended it. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<number> {
  const child = spawn(program, args, { ...spawnOptions(options), stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'close')
  return code ?? 1
}

/** Like `run`, for a program whose failure is ours. */
export async function runOrThrow(program: string, args: readonly string[], options?: RunOptions): Promise<void> {
  const code = await run(program, args, options)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with exit code ${code}`)
}

/** Like `run`, and keeps the output instead of showing it. */
export async function capture(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number; output: string }> {
  const child = spawn(program, args, { ...spawnOptions(options), stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code ?? 1, output: stdout + stderr }
}

function spawnOptions({ cwd, env }: RunOptions): { cwd?: string; env: NodeJS.ProcessEnv } {
  return { ...(cwd !== undefined && { cwd }), env: { ...process.env, ...env } }
}
