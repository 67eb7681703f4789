import { describe, expect, it } from 'vitest'
import { ConnectionRegistry } from '../../src/connection/registry.ts'

describe('ConnectionRegistry', () => {
  it('counts each connection once, by route', () => {
    const registry = new ConnectionRegistry<{ route: string }>()
    const [a, b, c] = ['/x', '/x', '/y'].map((route) => ({ route })) as [
      { route: string },
      { route: string },
      { route: string },
    ]
    for (const connection of [a, b, c, a]) registry.add(connection)
    expect(registry.size).toBe(3)
    expect(registry.byRoute()).toEqual(
      new Map([
        ['/x', 2],
        ['/y', 1],
      ]),
    )
    expect([...registry]).toEqual([a, b, c])
    expect(registry.delete(a)).toBe(true)
    expect(registry.delete(a)).toBe(false)
    expect(registry.size).toBe(2)
  })
})
