import { TimeoutError } from './errors.ts'
import { nextTurn, realTime } from './real-time.ts'

/** Something that can be seen to be under way: bytes on a wire, a connection that is being opened. */
export interface Activity {
  readonly isUnderWay: boolean
}

const watched = new Set<Activity>()

/** From now on nothing is at rest while this is under way. */
export function watch(activity: Activity): void {
  watched.add(activity)
}

export function unwatch(activity: Activity): void {
  watched.delete(activity)
}

/** Keeps the tests of this process from being at rest while a call runs. */
export async function underWay<T>(run: () => Promise<T>): Promise<T> {
  const activity = { isUnderWay: true }
  watch(activity)
  return run().finally(() => unwatch(activity))
}

/**
 * What is done in one turn of the event loop may show on the wire only some turns later: a heartbeat looks ten times for a sign of life
 * before it takes a peer for gone.
 */
const TURNS_OF_REST = 16
const LONGEST_WAIT = 5_000

/**
 * Resolves when nothing is under way, and nothing has been for some turns of the event loop: everything that follows from what has happened
 * so far has happened too, except for what waits for a clock or for something outside this process.
 * @throws TimeoutError when it does not come to rest in 5 seconds of real time
 */
export async function rest(): Promise<void> {
  const deadline = realTime() + LONGEST_WAIT
  for (let turns = 0; turns < TURNS_OF_REST; turns++) {
    await nextTurn()
    if (!isAnythingUnderWay()) continue
    if (realTime() > deadline)
      throw new TimeoutError(`there is no end of traffic: it still goes on after ${LONGEST_WAIT} ms`)
    turns = -1
  }
}

function isAnythingUnderWay(): boolean {
  for (const { isUnderWay } of watched) if (isUnderWay) return true
  return false
}
