import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SluiceOptions } from '../../src/index.ts'
import { RawConnection } from '../../test/support/raw-connection.ts'
import type { ServerReading } from './reading.ts'

/** A server that echoes on `/ws`, in a process of its own: what its clients need does not count. */
export class ServerProcess implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #port: number

  /** @param options such as can be written as JSON */
  static async start(options: SluiceOptions): Promise<ServerProcess> {
    const path = fileURLToPath(new URL('measured-server.ts', import.meta.url))
    const execArgv = ['--conditions=@sluice/source', '--expose-gc']
    const child = fork(path, [JSON.stringify(options)], { execArgv })
    const [port] = await once(child, 'message')
    return new ServerProcess(child, port)
  }

  constructor(child: ChildProcess, port: number) {
    this.#process = child
    this.#port = port
  }

  dial(): Promise<RawConnection> {
    return RawConnection.dial(this.#port)
  }

  async read(): Promise<ServerReading> {
    const reading = once(this.#process, 'message')
    this.#process.send('read')
    const [told] = await reading
    return told
  }

  /** What the server needs once no connection is left. @throws Error when a handler has failed */
  async readIdle(): Promise<ServerReading> {
    for (;;) {
      const reading = await this.read()
      if (reading.handlerErrors > 0) throw new Error(`${reading.handlerErrors} errors of handlers`)
      if (reading.openConnections === 0) return reading
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.disconnect()
    await exited
  }
}
