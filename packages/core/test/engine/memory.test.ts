import { describe, expect, it } from 'vitest'
import {
  MAX_FRAGMENT_BOMBS_COST,
  MAX_ZIP_BOMB_COST,
  measureFragmentBombs,
  measureZipBombs,
} from '../../bench/memory/bombs.ts'
import { OFFER } from '../../bench/memory/clients.ts'
import { MAX_CONNECTION_COST, measureConnections } from '../../bench/memory/connection-memory.ts'
import { MAX_HEAP_GROWTH, measureLeak } from '../../bench/memory/leak.ts'
import { inUse } from '../../bench/memory/reading.ts'

/** Little of each, in a process of its own; `bench/memory/main.ts` takes as much as one likes. */
describe('the memory of a server', { timeout: 120_000 }, () => {
  it('is given back by connections of the ws engine that came and went', async () => {
    const { start, cycles } = await measureLeak({ connections: 100, cycles: 2, engine: 'ws' })
    expect(inUse(cycles[1] ?? expect.fail()) - inUse(start)).toBeLessThan(MAX_HEAP_GROWTH)
  })

  it('CP-04 is given back by connections that compressed, each with a context of its own', async () => {
    const compression = { contextTakeover: true, serverMaxWindowBits: 15 }
    const { start, open, cycles } = await measureLeak({ connections: 100, cycles: 2, engine: 'frame', compression })
    expect(inUse(open)).toBeGreaterThan(inUse(start))
    expect(inUse(cycles[1] ?? expect.fail()) - inUse(start)).toBeLessThan(MAX_HEAP_GROWTH)
  })

  it('CP-02 holds little of a zip bomb', async () => {
    const { cost } = await measureZipBombs({ bombs: 1, engine: 'frame' })
    expect(cost).toBeLessThan(MAX_ZIP_BOMB_COST)
  })

  it('PR-05 holds little of fragments without end', async () => {
    const { cost } = await measureFragmentBombs({ bombs: 100, engine: 'frame' })
    expect(cost).toBeLessThan(MAX_FRAGMENT_BOMBS_COST / 10)
  })

  it('CP-03 is small for a connection with a context of its own', async () => {
    const compression = { contextTakeover: true }
    const cost = await measureConnections({ connections: 100, engine: 'frame', compression, offer: OFFER })
    expect(cost.inUse).toBeLessThan(MAX_CONNECTION_COST)
  })
})
