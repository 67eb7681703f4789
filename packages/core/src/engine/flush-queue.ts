/** Whoever has something to write at the end of this turn. */
export interface Flushable {
  flush(): void
}

let waiting: Flushable[] = []

/** Has `flush` called once handlers have had their turn: after the promises of this turn, before the next event. */
export function flushSoon(flushable: Flushable): void {
  if (waiting.push(flushable) === 1) process.nextTick(flushAll)
}

function flushAll(): void {
  const ready = waiting
  waiting = []
  for (const flushable of ready) flushable.flush()
}
