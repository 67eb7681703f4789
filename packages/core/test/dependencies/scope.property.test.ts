import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeldScopes } from '../../src/dependencies/held-scopes.ts'
import type { DependencyPlan } from '../../src/dependencies/plan.ts'
import { DependencyScope } from '../../src/dependencies/scope.ts'
import type { WebSocketConnection } from '../../src/index.ts'

/** How a step is: what it uses of those before it, how long it takes, and what comes of it. */
interface Shape {
  readonly uses: readonly number[]
  readonly turns: number
  readonly outcome: 'disposable' | 'plain' | 'fails'
  readonly disposalTurns: number
}

const shape: fc.Arbitrary<Shape> = fc.record({
  uses: fc.array(fc.nat(9), { maxLength: 3 }),
  turns: fc.nat(3),
  outcome: fc.constantFrom('disposable', 'disposable', 'plain', 'fails'),
  disposalTurns: fc.nat(2),
})

const log = { error() {}, warn() {}, info() {}, debug() {} }

async function waitFor(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
}

function planOf(shapes: readonly Shape[], note: (event: string, step: number) => void): DependencyPlan {
  const inputsOf = ({ uses }: Shape, index: number) => Array.from(new Set(uses.filter((step) => step < index)))
  const make = ({ outcome, disposalTurns }: Shape, step: number): unknown => {
    if (outcome === 'fails') throw new Error(`step ${step}`)
    note('made', step)
    if (outcome === 'plain') return {}
    return {
      async [Symbol.asyncDispose]() {
        note('disposing', step)
        await waitFor(disposalTurns)
        note('disposed', step)
      },
    }
  }
  const steps = shapes.map((each, step) => ({
    name: `${step}`,
    inputs: inputsOf(each, step).map((input) => ({ name: `${input}`, step: input })),
    users: shapes.flatMap((other, user) => (inputsOf(other, user).includes(step) ? [user] : [])),
    resolve() {
      note('begun', step)
      return each.turns === 0 ? make(each, step) : waitFor(each.turns).then(() => make(each, step))
    },
  }))
  return { steps, results: [] }
}

describe('whatever dependencies use each other, take and do, and whenever the connection ends', () => {
  it('each begins at most once and behind what it uses; each value is disposed of once, behind what uses it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 10 }),
        fc.nat(6),
        fc.boolean(),
        async (shapes, turns, handles) => {
          const events: string[] = []
          const plan = planOf(shapes, (event, step) => void events.push(`${event} ${step}`))
          const scopes = new HeldScopes()
          const scope = new DependencyScope(plan, { log } as unknown as WebSocketConnection, scopes)
          let isOpen = true
          const resolving = (async () => scope.resolve())().then(
            () => (handles && isOpen ? scope.retain() : undefined),
            () => undefined,
          )
          await waitFor(turns)
          isOpen = false
          scope.release()
          const endOfHandler = await resolving
          await waitFor(1)
          endOfHandler?.()
          await waitFor(40)

          const at = (event: string, step: number) => events.indexOf(`${event} ${step}`)
          expect(scopes.size).toBe(0)
          expect(new Set(events).size).toBe(events.length)
          for (const [index, { outcome }] of shapes.entries()) {
            const { inputs, users } = plan.steps[index] as DependencyPlan['steps'][number]
            if (at('begun', index) >= 0) {
              for (const { step } of inputs) expect(at('made', step)).toBeLessThan(at('begun', index))
              for (const { step } of inputs) expect(at('made', step)).toBeGreaterThanOrEqual(0)
            }
            const isDue = outcome === 'disposable' && at('made', index) >= 0
            expect(at('disposed', index) >= 0).toBe(isDue)
            if (!isDue) continue
            for (const user of users) {
              expect(at('disposed', user)).toBeLessThan(at('disposing', index))
              expect(at('made', user)).toBeLessThan(at('disposing', index))
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})
