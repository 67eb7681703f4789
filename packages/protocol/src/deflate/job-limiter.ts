/**
 * Lets only so many jobs run at a time, and the others wait their turn. Unlimited zlib jobs would fragment memory and
 * keep the thread pool from everybody else.
 */
export class JobLimiter {
  readonly #concurrency: number
  readonly #waiting: WaitingJob[] = []
  #running = 0

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  /** @param concurrency How many jobs of this limiter may run at a time once this one does. @default that of the limiter */
  run(job: Job, concurrency: number = this.#concurrency): void {
    this.#waiting.push({ job, concurrency })
    this.#start()
  }

  /** In the order they came: a job that wants few beside it would never come to its turn otherwise. */
  #start(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#running >= next.concurrency) return
      this.#waiting.shift()
      this.#running++
      next.job(() => {
        this.#running--
        this.#start()
      })
    }
  }
}

/** Calls `done` once, when it has ended. */
export type Job = (done: () => void) => void

interface WaitingJob {
  readonly job: Job
  readonly concurrency: number
}

/** Shared by everything in this process that names no limiter of its own: there is one thread pool, too. */
export const defaultLimiter = new JobLimiter(10)
