import type { Case, Ending } from './cases/case.ts'
import { type Observation, withoutScript } from './play.ts'
import type { Received } from './wire/peer.ts'

/** How a case went. The words are those of the public suite. */
export type Verdict = 'OK' | 'NON-STRICT' | 'INFORMATIONAL' | 'UNIMPLEMENTED' | 'FAILED'

/** How the connection ended. */
export type CloseVerdict = 'OK' | 'INFORMATIONAL' | 'UNCLEAN' | 'WRONG CODE' | 'FAILED BY CLIENT' | 'FAILED'

export interface Judgement {
  readonly verdict: Verdict
  readonly closeVerdict: CloseVerdict
  /** What was wrong, for people. */
  readonly reasons: readonly string[]
}

/** Whether nothing in a judgement breaks the RFC. */
export function isPassed({ verdict, closeVerdict }: Pick<Judgement, 'verdict' | 'closeVerdict'>): boolean {
  return verdict !== 'FAILED' && (closeVerdict === 'OK' || closeVerdict === 'INFORMATIONAL')
}

/** A case whose connection did not come about. */
export function judgeUnopened(reason: string): Judgement {
  return { verdict: 'FAILED', closeVerdict: 'FAILED', reasons: [reason] }
}

/** Judges a case by what was seen. `role` is that of the testee. */
export function judge(given: Case, observation: Observation, role: 'client' | 'server'): Judgement {
  const testCase = observation.declined ? withoutScript(given) : given
  const judgement = judgeOutcome(testCase, observation, role)
  if (testCase.informational && judgement.verdict !== 'FAILED' && observation.ended) {
    return { verdict: 'INFORMATIONAL', closeVerdict: 'INFORMATIONAL', reasons: [] }
  }
  if (judgement.verdict === 'OK' && observation.declined) return { ...judgement, verdict: 'UNIMPLEMENTED' }
  if (testCase.tolerated === undefined || isPassed(judgement)) return judgement
  const lenient = judgeOutcome({ ...testCase, ...testCase.tolerated }, observation, role)
  return lenient.verdict === 'OK' ? { ...lenient, verdict: 'NON-STRICT' } : judgement
}

function judgeOutcome(testCase: Case, observation: Observation, role: 'client' | 'server'): Judgement {
  const behaviour = judgeBehaviour(testCase, observation)
  const ending = judgeEnding(testCase, observation, role)
  const isWrongCode = ending.verdict === 'WRONG CODE' && testCase.ending.strictCode === true
  const verdict = isWrongCode ? 'FAILED' : behaviour.verdict
  const reasons = [behaviour.reason, ending.reason, verdict === 'FAILED' ? closeOf(observation) : undefined]
  return { verdict, closeVerdict: ending.verdict, reasons: reasons.filter((reason) => reason !== undefined) }
}

interface Finding<Word> {
  readonly verdict: Word
  readonly reason?: string
}

function judgeBehaviour(testCase: Case, { broken, violation, received, closedFirst }: Observation): Finding<Verdict> {
  if (violation !== undefined) return { verdict: 'FAILED', reason: `the testee broke a rule: ${violation}` }
  if (broken !== undefined) return { verdict: 'FAILED', reason: broken }
  if (testCase.ending.by === 'testee' && closedFirst !== 'testee') {
    return { verdict: 'FAILED', reason: 'the testee did not fail the connection' }
  }
  if (testCase.informational || isSame(received, testCase.strict)) return { verdict: 'OK' }
  return { verdict: 'FAILED', reason: `came back: ${describe(received)}; expected: ${describe(testCase.strict)}` }
}

function judgeEnding(
  { ending }: Case,
  { closedFirst, closeReceived, handshakeComplete, ended }: Observation,
  role: 'client' | 'server',
): Finding<CloseVerdict> {
  if (closedFirst !== ending.by) {
    return { verdict: 'FAILED', reason: `${ending.by === 'us' ? 'we' : 'the testee'} should have closed first` }
  }
  if (ending.clean && !handshakeComplete) return { verdict: 'UNCLEAN', reason: 'the close frame was not answered' }
  if (closeReceived !== undefined && !isGoodCode(closeReceived.code, ending)) {
    const code = closeReceived.code ?? 'missing'
    return { verdict: 'WRONG CODE', reason: `the close code is ${code}, not ${ending.codes.join(' or ')}` }
  }
  if (ended) return { verdict: 'OK' }
  if (role === 'client') return { verdict: 'UNCLEAN', reason: 'the client left the TCP connection open' }
  return { verdict: 'FAILED BY CLIENT', reason: 'the server left it to the client to end the TCP connection' }
}

function isGoodCode(code: number | undefined, ending: Ending): boolean {
  return code === undefined ? ending.needsCode !== true : ending.codes.includes(code)
}

function closeOf({ closeReceived }: Observation): string | undefined {
  if (closeReceived === undefined) return undefined
  const { code, reason } = closeReceived
  return `the testee closed with ${code ?? 'no code'}${reason && `, '${reason}'`}`
}

function isSame(received: readonly Received[], expected: readonly Received[]): boolean {
  return (
    received.length === expected.length &&
    received.every((each, at) => each.type === expected[at]?.type && each.payload.equals(expected[at].payload))
  )
}

function describe(received: readonly Received[]): string {
  if (received.length === 0) return 'nothing'
  const shown = received.slice(0, 4).map(({ type, payload }) => {
    const start = payload.subarray(0, 16).toString('hex')
    return `${type} ${start}${payload.length > 16 ? `… (${payload.length} bytes)` : ''}`.trimEnd()
  })
  return shown.join(', ') + (received.length > 4 ? ` and ${received.length - 4} more` : '')
}
