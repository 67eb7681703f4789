/** Works on `items` in their order, so many at a time, until all are done or `work` says to stop. */
export async function concurrently<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<'continue' | 'stop'>,
): Promise<void> {
  const queue = items.values()
  let isStopped = false

  async function take(): Promise<void> {
    for (const item of queue) {
      if (isStopped) return
      if ((await work(item)) === 'stop') isStopped = true
    }
  }

  await Promise.all(Array.from({ length: limit }, take))
}
