import { inspect } from 'node:util'

/** What can be closed: a Fastify instance, or an `Attachment`. */
export interface Closable {
  close(): PromiseLike<unknown>
}

export interface CloseOnSignalsOptions {
  /** @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[]
  /** Milliseconds in which a further signal counts as the first one: npm passes Ctrl-C on, so that it comes twice. @default 1_000 */
  readonly repeatTime?: number
  /** What to do with an error of `close`. @default it is written to stderr, and the exit code becomes 1 */
  readonly onError?: (error: unknown) => void
}

/**
 * Closes an app when the process is asked to end, and leaves the end to Node: the process ends when nothing is left to do. A second
 * signal, after `repeatTime`, ends it at once, as if nobody listened.
 * @returns stops listening
 */
export function closeOnSignals(app: Closable, options: CloseOnSignalsOptions = {}): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], repeatTime = 1_000, onError = reportFailure } = options
  let closingSince: number | undefined

  const stop = () => {
    for (const signal of signals) process.removeListener(signal, onSignal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (closingSince === undefined) {
      closingSince = performance.now()
      Promise.resolve(app.close()).catch(onError)
    } else if (performance.now() - closingSince >= repeatTime) {
      stop()
      process.kill(process.pid, signal)
    }
  }
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}

function reportFailure(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`)
  process.exitCode = 1
}
