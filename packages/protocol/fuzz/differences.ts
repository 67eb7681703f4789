import type { StreamSettings } from './frame-streams.ts'
import type { OwnVerdict, Verdict } from './verdicts.ts'

/**
 * The known ways in which a verdict of ours differs from one of `ws`, by the heading under which
 * `docs/differences-from-ws.md` explains it.
 */
export const DIFFERENCES = {
  'Lengths must be minimal': (ours, theirs) => ours.failure === 'ERR_LENGTH_NOT_MINIMAL' && isPrefix(ours, theirs),
  'A 64-bit length has its highest bit clear': (ours, theirs) =>
    ours.failure === 'ERR_LENGTH_OUT_OF_RANGE' && theirs.closeCode === 1009 && isSame(ours, theirs),
  'Text fails at its first impossible byte': (ours, theirs) =>
    ours.failure === 'ERR_INVALID_UTF8' && isPrefix(ours, theirs),
  'A header is judged whole': (ours, theirs) =>
    ours.isMidMessage && theirs.end === 'failed' && theirs.closeCode !== 1007 && isSame(ours, theirs),
  'Limits are applied to the header': (ours, theirs) =>
    ours.failure === 'ERR_TOO_MANY_FRAGMENTS' && isPrefix(ours, theirs),
  'Compressed data must be whole': (ours, theirs) => ours.failure === 'ERR_INVALID_DEFLATE' && isPrefix(ours, theirs),
  'Compressed fragments are inflated together': (ours, theirs, { deflate }) =>
    deflate && theirs.closeCode === 1007 && isPrefix(theirs, ours),
  'Compressed messages may be larger on the wire': (ours, theirs, { deflate }) =>
    deflate && theirs.closeCode === 1009 && isPrefix(theirs, ours),
} satisfies Record<string, (ours: OwnVerdict, theirs: Verdict, settings: StreamSettings) => boolean>

export type Difference = keyof typeof DIFFERENCES

export function isAgreement(ours: Verdict, theirs: Verdict): boolean {
  return ours.end === theirs.end && ours.closeCode === theirs.closeCode && isSame(ours, theirs)
}

/** The known difference that explains two verdicts, or `undefined`. */
export function explain(ours: OwnVerdict, theirs: Verdict, settings: StreamSettings): Difference | undefined {
  const names = Object.keys(DIFFERENCES) as Difference[]
  return names.find((name) => DIFFERENCES[name](ours, theirs, settings))
}

function isSame(ours: Verdict, theirs: Verdict): boolean {
  return ours.told.length === theirs.told.length && isPrefix(ours, theirs)
}

/** Whether they told everything that we told, and perhaps went on. */
function isPrefix(ours: Verdict, theirs: Verdict): boolean {
  return ours.told.every((line, index) => line === theirs.told[index])
}
