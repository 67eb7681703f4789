import { expect, it } from 'vitest'
import { summarize } from '../../src/report/summary.ts'
import { results } from './results.ts'

const [echo, idle] = results.workloads

it('compares with the peer that was named, within each round', () => {
  const [ws, sluice] = echo === undefined ? [] : summarize(echo, 'ws')
  expect(ws?.ratio).toEqual({ median: 1, least: 1, greatest: 1 })
  expect(sluice?.ratio?.median).toBe(20)
  expect(sluice?.value.median).toBe(2_000_000)
  expect(sluice?.cost).toBeCloseTo(0.4)
})

it('says where the generator was the limit and where the server had to share its core', () => {
  const [ws, sluice] = echo === undefined ? [] : summarize(echo, 'ws')
  expect(ws?.remarks).toEqual([])
  expect(sluice?.remarks).toEqual(['generator', 'foreign'])
})

it('has no ratio where the peer to compare with took no part', () => {
  expect(echo === undefined ? [] : summarize(echo, 'bun').map((row) => row.ratio)).toEqual([undefined, undefined])
})

it('has the heap of an idle socket and no CPU', () => {
  const [ws] = idle === undefined ? [] : summarize(idle, 'ws')
  expect(ws).toMatchObject({ heap: { median: 3000 }, serverCpu: undefined, loadCpu: undefined, cost: undefined })
})
