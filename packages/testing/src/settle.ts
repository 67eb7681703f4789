import { rest } from './activity.ts'
import { nextTurn, realTime } from './real-time.ts'
import type { ServerWatch } from './server-watch.ts'

/** Waits until the server has nothing left to do for a connection. @returns what is left after `timeout` milliseconds, or null */
export async function settle(watch: ServerWatch, timeout: number): Promise<string | null> {
  const deadline = realTime() + timeout
  for (;;) {
    await rest()
    const left = leftOf(watch)
    if (left === null || realTime() > deadline) return left
    await nextTurn()
  }
}

function leftOf({ connection }: ServerWatch): string | null {
  if (connection === null) return null
  const { messages, bytes, isHandling } = connection.pending
  if (isHandling) return 'the handler has taken a message, and has neither returned nor asked for the next'
  if (messages > 0) return `${messages} messages wait for the handler to receive them`
  if (bytes > 0) return `${bytes} bytes wait for the client to read them`
  return null
}
