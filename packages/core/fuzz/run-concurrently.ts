export interface Jobs {
  /** The number of the first job; those after it count up. */
  readonly first: number
  readonly count: number
  /** How many run at a time. */
  readonly concurrency: number
}

/** Runs a job for each number. @throws what the first job to fail has thrown */
export async function runConcurrently(
  { first, count, concurrency }: Jobs,
  job: (index: number) => Promise<void>,
): Promise<void> {
  let next = first
  const work = async () => {
    while (next < first + count) await job(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, work))
}
