import { duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { PeerWatch } from '../../src/upgrade/peer-watch.ts'

const turn = () => new Promise(setImmediate)

function createWatch() {
  const [ours, theirs] = duplexPair()
  let gone = 0
  const watch = new PeerWatch(ours, () => void gone++)
  return { ours, theirs, watch, gone: () => gone }
}

describe('PeerWatch', () => {
  it('HS-15 keeps what the peer sends, in order', async () => {
    const { theirs, watch, gone } = createWatch()
    for (const text of ['a', 'b', 'c']) {
      theirs.write(text)
      await turn()
    }
    expect(Buffer.concat(watch.stop()).toString()).toBe('abc')
    expect(gone()).toBe(0)
  })

  it('leaves the stream to the next reader', async () => {
    const { ours, theirs, watch } = createWatch()
    theirs.write('early')
    await turn()
    const read = [Buffer.concat(watch.stop()).toString()]
    ours.on('data', (chunk) => read.push(String(chunk)))
    theirs.write('late')
    await turn()
    expect(read).toEqual(['early', 'late'])
    expect(ours.listenerCount('readable') + ours.listenerCount('end') + ours.listenerCount('close')).toBeLessThan(3)
  })

  it('HS-13 notices a peer that ends its half, behind what it sent', async () => {
    const { theirs, gone } = createWatch()
    theirs.end('bye')
    while (gone() === 0) await turn()
    expect(gone()).toBe(1)
  })

  it('HS-13 notices a stream that is gone', async () => {
    const { ours, gone } = createWatch()
    ours.destroy()
    while (gone() === 0) await turn()
    expect(gone()).toBe(1)
  })

  it('tells nothing once it was stopped', async () => {
    const { ours, watch, gone } = createWatch()
    watch.stop()
    ours.destroy()
    await turn()
    expect(gone()).toBe(0)
  })

  it('keeps 64 KiB and leaves the rest in the stream', async () => {
    const { ours, theirs, watch } = createWatch()
    for (let count = 0; count < 40; count++) theirs.write(Buffer.alloc(16_384))
    for (let count = 0; count < 100; count++) await turn()
    const early = Buffer.concat(watch.stop()).length
    expect(early).toBeGreaterThanOrEqual(65_536)
    expect(early).toBeLessThan(65_536 + 2 * ours.readableHighWaterMark)
    let rest = 0
    ours.on('data', (chunk) => {
      rest += chunk.length
    })
    while (early + rest < 40 * 16_384) await turn()
    expect(early + rest).toBe(40 * 16_384)
  })
})
