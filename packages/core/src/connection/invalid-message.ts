import { InvalidMessageError, type MessageIssue } from '../errors.ts'
import { loggable } from '../log.ts'
import type { ReadingPeer } from './reading.ts'

/** A hostile message must not be answered by one that is larger than need be. */
const MOST_ISSUES = 10
const DEEPEST_PATH = 16
const LONGEST_REFERENCE = 128

/**
 * Does with a message that its schema refuses what the route says: answers it, closes with 4422, or only throws.
 * @throws InvalidMessageError unless it was answered
 */
export function refuseMessage(value: unknown, refused: readonly MessageIssue[], peer: ReadingPeer): void {
  const issues = toShownIssues(refused)
  if (peer.rules.onInvalidMessage === 'reply') {
    const replyTo = referenceOf(value)
    peer.send(
      peer.codec.encode({ type: 'error', code: 'validation', issues, ...(replyTo !== undefined && { replyTo }) }),
    )
    return
  }
  if (peer.rules.onInvalidMessage === 'close') peer.close(4422, 'Invalid message')
  throw new InvalidMessageError('received', issues)
}

/** What may be told of issues: validators quote what they refuse, and keys of the message stand in the path. */
export function toShownIssues(issues: readonly MessageIssue[]): MessageIssue[] {
  return issues.slice(0, MOST_ISSUES).map(toShownIssue)
}

function toShownIssue({ path, message, type }: MessageIssue): MessageIssue {
  const shownPath = path.slice(0, DEEPEST_PATH).map((key) => (typeof key === 'number' ? key : loggable(String(key))))
  return { path: shownPath, message: loggable(message), type }
}

/** The `id` that the sender gave its message, by which it knows what is answered. */
function referenceOf(value: unknown): string | number | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'id')) return undefined
  const { id } = value as { id: unknown }
  if (typeof id === 'number') return id
  return typeof id === 'string' && id.length <= LONGEST_REFERENCE ? id : undefined
}
