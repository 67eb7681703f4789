import type { ReadingRules } from '../../src/connection/reading.ts'

/** What a route without options says of its messages. */
export const READING_RULES: ReadingRules = {
  onWrongType: 'close',
  onInvalidJson: 'close',
  onInvalidMessage: 'reply',
  maxDepth: 64,
  check: null,
}
