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
  const reasons: string[] = []
  const closeVerdict = judgeClose(testCase, observation, role, reasons)
  const verdict = judgeBehaviour(testCase, observation, reasons)
  if (verdict !== 'FAILED' && testCase.informational && observation.ended) {
    return { verdict: 'INFORMATIONAL', closeVerdict: 'INFORMATIONAL', reasons }
  }
  if (verdict === 'FAILED' && observation.closeReceived !== undefined) {
    const { code, reason } = observation.closeReceived
    reasons.push(`the testee closed with ${code ?? 'no code'}${reason && `, '${reason}'`}`)
  }
  const wrongCode = closeVerdict === 'WRONG CODE' && testCase.ending.strictCode === true
  return { verdict: wrongCode ? 'FAILED' : verdict, closeVerdict, reasons }
}

function judgeBehaviour(testCase: Case, observation: Observation, reasons: string[]): Verdict {
  const { broken, violation, received } = observation
  if (violation !== undefined) return failed(reasons, `the testee broke a rule: ${violation}`)
  if (broken !== undefined) return failed(reasons, broken)
  if (testCase.ending.by === 'testee' && observation.closedFirst !== 'testee') {
    return failed(reasons, 'the testee did not fail the connection')
  }
  if (testCase.informational || isSame(received, testCase.strict)) return observation.declined ? 'UNIMPLEMENTED' : 'OK'
  if (testCase.tolerated?.some((each) => isSame(received, each))) return 'NON-STRICT'
  return failed(reasons, `came back: ${describe(received)}; expected: ${describe(testCase.strict)}`)
}

function judgeClose(
  { ending }: Case,
  { closedFirst, closeReceived, handshakeComplete, ended }: Observation,
  role: 'client' | 'server',
  reasons: string[],
): CloseVerdict {
  const say = <Word extends CloseVerdict>(word: Word, reason: string): Word => {
    reasons.push(reason)
    return word
  }
  if (closedFirst !== ending.by) {
    return say('FAILED', `${ending.by === 'us' ? 'we' : 'the testee'} should have ended the connection first`)
  }
  if (ending.clean && !handshakeComplete) return say('UNCLEAN', 'the closing handshake is not complete')
  if (closeReceived !== undefined && !isGoodCode(closeReceived.code, ending)) {
    return say('WRONG CODE', `the close code is ${closeReceived.code ?? 'missing'}, not ${ending.codes.join(' or ')}`)
  }
  if (!ended) {
    if (role === 'client') return say('UNCLEAN', 'the client left the TCP connection open')
    return say('FAILED BY CLIENT', 'the server left it to the client to end the TCP connection')
  }
  return 'OK'
}

function isGoodCode(code: number | undefined, ending: Ending): boolean {
  return code === undefined ? ending.needsCode !== true : ending.codes.includes(code)
}

function failed(reasons: string[], reason: string): 'FAILED' {
  reasons.push(reason)
  return 'FAILED'
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
