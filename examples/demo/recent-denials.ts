import type { DenialStage, DeniedHandshake } from '@sluice/core'

const MOST_ATTEMPTS = 200
const LONGEST_ATTEMPT = 32

/** Which stage denied a handshake, for the page that asked for it. It names its attempts in the query: `?attempt=…`. */
export class RecentDenials {
  readonly #stages = new Map<string, DenialStage>()

  /** For `onDenied`. */
  add({ stage, request }: DeniedHandshake): void {
    const [, query] = request.url.split('?')
    const attempt = new URLSearchParams(query).get('attempt')
    if (attempt === null || attempt.length > LONGEST_ATTEMPT) return
    this.#stages.set(attempt, stage)
    const [oldest] = this.#stages.keys()
    if (oldest !== undefined && this.#stages.size > MOST_ATTEMPTS) this.#stages.delete(oldest)
  }

  /** Null for an attempt that was not denied, or too long ago. */
  stageOf(attempt: string): DenialStage | null {
    return this.#stages.get(attempt) ?? null
  }
}
