import type { Case } from './cases/case.ts'
import { concurrently } from './concurrently.ts'
import { type Judgement, judge, judgeUnopened } from './judge.ts'
import { play } from './play.ts'
import type { RunningTestee } from './testees/process.ts'
import { dial } from './wire/dial.ts'
import { type Listener, listen } from './wire/listen.ts'
import type { Peer } from './wire/peer.ts'

/** The role of the testee. */
export type Role = 'server' | 'client'

export interface Result extends Judgement {
  readonly number: string
  readonly title: string
  /** Milliseconds. */
  readonly duration: number
}

export interface RunOptions {
  readonly role: Role
  /** The longest wait for anything the testee has to do, in milliseconds. */
  readonly patience: number
  /** Cases under way at once. */
  readonly concurrency: number
  /** Says after each result whether to go on. */
  readonly onResult?: (result: Result) => 'continue' | 'stop'
}

/** Runs cases against a testee and returns the results in the order of the cases. */
export async function runCases(
  cases: readonly Case[],
  testee: RunningTestee,
  options: RunOptions,
): Promise<readonly Result[]> {
  const results = new Map<Case, Result>()
  const listener = options.role === 'client' ? await listen() : undefined
  try {
    await concurrently(cases, options.concurrency, async (testCase) => {
      const result = await runCase(testCase, testee, listener, options)
      results.set(testCase, result)
      return options.onResult?.(result) ?? 'continue'
    })
  } finally {
    listener?.close()
  }
  return cases.flatMap((testCase) => results.get(testCase) ?? [])
}

async function runCase(
  testCase: Case,
  testee: RunningTestee,
  listener: Listener | undefined,
  { role, patience }: RunOptions,
): Promise<Result> {
  const started = performance.now()
  const judgement = await openConnection(testCase, testee, listener, patience).then(
    async (peer) => judge(testCase, await play(testCase, peer, patience), role),
    (error: Error) => judgeUnopened(error.message),
  )
  const duration = Math.round(performance.now() - started)
  return { number: testCase.number, title: testCase.title, duration, ...judgement }
}

function openConnection(
  { number, deflate, glued }: Case,
  testee: RunningTestee,
  listener: Listener | undefined,
  timeout: number,
): Promise<Peer> {
  const common = { timeout, ...(glued && { glued }) }
  if (listener === undefined) {
    if (testee.port === undefined) throw new Error(`testee '${testee.name}' has no server role`)
    return dial({ ...common, port: testee.port, path: '/', ...(deflate && { offers: deflate.offers }) })
  }
  const path = `/case/${number}`
  const opened = listener.expect(path, { ...common, ...(deflate && { choose: deflate.choose }) })
  testee.dial(`ws://127.0.0.1:${listener.port}${path}`)
  return opened
}
