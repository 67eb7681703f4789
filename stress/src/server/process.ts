import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ServerReading } from './reading.ts'

/** Asks the server for something. */
export interface Request {
  readonly id: number
  readonly command: string
  readonly argument: number
}

/** What the server says to it. The first one, with the id 0, is its address. */
export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** How long a server that was told to end may take, in milliseconds. */
const MAX_END = 35_000

/** The server of a scenario, in a process of its own. */
export class ServerProcess {
  readonly port: number
  /** Resolves to the exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  static async start(scenario: string): Promise<ServerProcess> {
    const path = fileURLToPath(new URL('main.ts', import.meta.url))
    const child = fork(path, [scenario], { execArgv: ['--conditions=@sluice/source', '--expose-gc'] })
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the server ended before it was up')))
    const [{ result }] = (await Promise.race([once(child, 'message'), ended])) as [Answer]
    return new ServerProcess(child, (result as { port: number }).port)
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
    this.exited = once(child, 'exit').then(([code, signal]) => code ?? signal)
    child.on('message', (answer: Answer) => this.#answered(answer))
    void this.exited.then((end) => this.#fail(`the server has ended with ${end}`))
  }

  read(): Promise<ServerReading> {
    return this.call('read')
  }

  /** Runs one of the scenario's commands. @throws Error what it has thrown, or that the server has ended */
  call<T>(command: string, argument = 0): Promise<T> {
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#child.send({ id, command, argument } satisfies Request, (error) => {
      if (error !== null) waiting.reject(error)
    })
    return waiting.promise as Promise<T>
  }

  /** Asks the server to end, as an orchestrator does. Resolves to its exit code, or to the signal it took. */
  async end(): Promise<number | string> {
    this.#child.kill('SIGTERM')
    const killer = setTimeout(() => this.kill(), MAX_END)
    const end = await this.exited
    clearTimeout(killer)
    return end
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #answered({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason))
    this.#waiting.clear()
  }
}
