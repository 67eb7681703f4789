/**
 * Lets only so many jobs run at a time, and the others wait their turn. Unlimited zlib jobs would fragment memory and
 * keep the thread pool from everybody else.
 */
export class JobLimiter {
  readonly #concurrency: number
  readonly #waiting: Job[] = []
  #running = 0

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  run(job: Job): void {
    this.#waiting.push(job)
    this.#startNext()
  }

  #startNext(): void {
    if (this.#running === this.#concurrency) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    this.#running++
    job(() => {
      this.#running--
      this.#startNext()
    })
  }
}

/** Calls `done` once, when it has ended. */
export type Job = (done: () => void) => void

/** Shared by everything in this process that names no limiter of its own: there is one thread pool, too. */
export const defaultLimiter = new JobLimiter(10)
