import { expect, it } from 'vitest'
import { flushSoon } from '../../src/engine/flush-queue.ts'

it('flushes after the promises of the turn, and before the next event', async () => {
  const order: string[] = []
  setImmediate(() => order.push('next event'))
  flushSoon({ flush: () => order.push('flush') })
  await Promise.resolve()
  order.push('promise')
  await new Promise((resolve) => setImmediate(resolve))
  expect(order).toEqual(['promise', 'flush', 'next event'])
})

it('flushes in order, and what is queued meanwhile as well', async () => {
  const order: number[] = []
  flushSoon({
    flush() {
      order.push(1)
      flushSoon({ flush: () => order.push(3) })
    },
  })
  flushSoon({ flush: () => order.push(2) })
  await new Promise((resolve) => setImmediate(resolve))
  expect(order).toEqual([1, 2, 3])
})
