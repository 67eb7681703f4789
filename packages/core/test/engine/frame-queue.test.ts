import { describe, expect, it } from 'vitest'
import { FrameQueue } from '../../src/engine/frame-queue.ts'

const bytes = (text: string) => Buffer.from(text)
const take = (queue: FrameQueue, size: number) => queue.take(size).map(String)

describe('FrameQueue', () => {
  it('gives control frames first, then the others in order', () => {
    const queue = new FrameQueue()
    queue.push(bytes('one'))
    queue.pushUrgent(bytes('ping'))
    queue.pushPong(bytes('pong 1'), false)
    queue.push(bytes('two'))
    queue.pushPong(bytes('pong 2'), false)
    queue.pushUrgent(bytes('ping 2'))
    expect(queue.length).toBe(28)
    expect(take(queue, 1_000)).toEqual(['ping', 'pong 1', 'ping 2', 'pong 2', 'one', 'two'])
    expect(queue.length).toBe(0)
    expect(take(queue, 1_000)).toEqual([])
  })

  it('gives as much as is asked for, in whole frames', () => {
    const queue = new FrameQueue()
    for (const frame of ['one', 'two', 'three']) queue.push(bytes(frame))
    expect(take(queue, 4)).toEqual(['one', 'two'])
    expect(queue.length).toBe(5)
    queue.push({ header: bytes('h'), payload: bytes('payload'), length: 8 })
    queue.push(bytes('last'))
    expect(take(queue, 6)).toEqual(['three', 'h', 'payload'])
    queue.pushUrgent(bytes('urgent'))
    expect(take(queue, 6)).toEqual(['urgent'])
    expect(take(queue, 1)).toEqual(['last'])
  })

  it('PR-08 keeps one pong where each takes the place of the last', () => {
    const queue = new FrameQueue()
    for (let count = 0; count < 1_000; count++) queue.pushPong(bytes(`pong ${count}`), true)
    expect(queue.length).toBe(8)
    expect(take(queue, 1)).toEqual(['pong 999'])
  })
})
