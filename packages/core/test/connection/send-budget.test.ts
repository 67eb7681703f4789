import { describe, expect, it } from 'vitest'
import { type BudgetHolder, SendBudget } from '../../src/connection/send-budget.ts'

class Holder implements BudgetHolder {
  readonly #budget: SendBudget
  bufferedAmount = 0
  isClosed = false

  constructor(budget: SendBudget) {
    this.#budget = budget
  }

  hold(bytes: number): void {
    this.bufferedAmount = bytes
    this.#budget.note(this, bytes)
  }

  budgetOnExceeded(): void {
    this.isClosed = true
    this.#budget.forget(this)
  }
}

describe('SendBudget', () => {
  it('counts what all hold', () => {
    const budget = new SendBudget(100)
    const [one, other] = [new Holder(budget), new Holder(budget)]
    one.hold(10)
    other.hold(20)
    one.hold(5)
    expect(budget.total).toBe(25)
    budget.forget(one)
    budget.forget(one)
    expect(budget.total).toBe(20)
  })

  it('BP-08 closes those that hold most until the rest is within the limit', () => {
    const budget = new SendBudget(100)
    const holders = [10, 30, 50, 20].map((bytes) => {
      const holder = new Holder(budget)
      holder.hold(bytes)
      return holder
    })
    expect(holders.map(({ isClosed }) => isClosed)).toEqual([false, false, true, false])
    expect(budget.total).toBe(60)
  })

  it('BP-08 closes nobody for bytes that peers have taken meanwhile', () => {
    const budget = new SendBudget(100)
    const [one, other] = [new Holder(budget), new Holder(budget)]
    one.hold(60)
    one.bufferedAmount = 10
    other.hold(70)
    expect([one.isClosed, other.isClosed]).toEqual([false, false])
    expect(budget.total).toBe(80)
  })

  it('BP-08 closes the one that asks for too much alone', () => {
    const budget = new SendBudget(100)
    const holder = new Holder(budget)
    holder.hold(101)
    expect(holder.isClosed).toBe(true)
    expect(budget.total).toBe(0)
  })
})
