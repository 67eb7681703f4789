import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DialRequest, Ready } from './child.ts'
import type { Testee } from './testee.ts'

/** A testee that is up. */
export interface RunningTestee {
  readonly name: string
  readonly port: number | undefined
  readonly canDial: boolean
  dial(url: string): void
  stop(): Promise<void>
}

/**
 * Starts a testee in a process of its own, where a crash of it is its own and where it has a core to itself.
 * @throws Error when it does not come up within ten seconds
 */
export async function startProcess(name: string): Promise<RunningTestee> {
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [name])
  const exited = once(child, 'exit')
  const [ready] = (await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(10_000) }),
    exited.then(() => Promise.reject(new Error(`the process of testee '${name}' ended at once`))),
  ])) as [Ready]
  return {
    name,
    ...ready,
    dial(url) {
      const request: DialRequest = { url }
      if (child.connected) child.send(request)
    },
    async stop() {
      if (child.connected) child.disconnect()
      const killer = setTimeout(() => child.kill('SIGKILL'), 2_000)
      await exited
      clearTimeout(killer)
    },
  }
}

/** Starts a testee in this process: quicker, for one that is known not to block. */
export async function startInProcess(testee: Testee): Promise<RunningTestee> {
  const server = await testee.serve?.()
  return {
    name: testee.name,
    port: server?.port,
    canDial: testee.dial !== undefined,
    dial(url) {
      testee.dial?.(url).catch(() => {})
    },
    async stop() {
      await server?.stop()
    },
  }
}
