import { createDenial } from './denial.ts'
import { denied, type Lease, PASSED, type Stage } from './stage.ts'

/** Counts the connections under one `maxConnections`, those still in their handshake included. */
export class ConnectionCounter {
  readonly #max: number
  #size = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  /** Takes a place, or `undefined` when all are taken. */
  take(): Lease | undefined {
    if (this.#size >= this.#max) return undefined
    this.#size++
    return { release: () => void this.#size-- }
  }
}

/** Takes a place under every ceiling that the route stands under: the app's, its parents', its own. */
export function createCapacityStage(counters: readonly ConnectionCounter[]): Stage {
  return (context) => {
    for (const counter of counters) {
      const lease = counter.take()
      if (lease === undefined) return FULL
      context.hold(lease)
    }
    return PASSED
  }
}

const FULL = denied(createDenial('ERR_TOO_MANY_CONNECTIONS', { headers: Object.freeze({ 'Retry-After': '5' }) }))
