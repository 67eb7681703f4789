import { describe, expect, it } from 'vitest'
import { dependency } from '../../src/dependencies/dependency.ts'
import { createDependencyPlan, type DependencyPlan } from '../../src/dependencies/plan.ts'

const a = () => 'a'
const b = () => 'b'
const ab = dependency({ a, b }, () => 'ab')
const aab = dependency({ ab, a }, () => 'aab')

function namesOf(plan: DependencyPlan | null): readonly string[] | undefined {
  return plan?.steps.map(({ name }) => name)
}

describe('a plan', () => {
  it('is none for no dependencies', () => {
    expect(createDependencyPlan({})).toBeNull()
  })

  it('has each dependency once, behind those that it uses, and otherwise in the order of the route', () => {
    const plan = createDependencyPlan({ aab, b, again: aab })
    expect(namesOf(plan)).toEqual(['a', 'b', 'ab', 'aab'])
    expect(plan?.results).toEqual([
      { name: 'aab', step: 3 },
      { name: 'b', step: 1 },
      { name: 'again', step: 3 },
    ])
    expect(plan?.steps.map(({ inputs }) => inputs.map(({ step }) => step))).toEqual([[], [], [0, 1], [2, 0]])
    expect(plan?.steps.map(({ users }) => users)).toEqual([[2, 3], [2], [3], []])
  })

  it('has a stand-in in every place of what it stands in for, and not what only that used', () => {
    const plan = createDependencyPlan({ aab, ab }, new Map([['ab', b]]))
    expect(namesOf(plan)).toEqual(['ab', 'a', 'aab'])
    expect(plan?.results).toEqual([
      { name: 'aab', step: 2 },
      { name: 'ab', step: 0 },
    ])
  })

  it('has one stand-in for all that go by its name', () => {
    const other = dependency({ a: b }, () => 'other')
    const plan = createDependencyPlan({ a, other }, new Map([['a', () => 'fake']]))
    expect(namesOf(plan)).toEqual(['a', 'other'])
    expect(plan?.steps[1]?.inputs).toEqual([{ name: 'a', step: 0 }])
  })
})
