import { expect, it } from 'vitest'
import { formatResults } from '../../src/report/table.ts'
import { results } from './results.ts'

it('says where and how it was measured, and with what', () => {
  const text = formatResults(results, 'ws')
  expect(text).toContain('2030-01-02')
  expect(text).toContain('sluice 2.0.0 (Node 24.0.0)')
  expect(text).toContain('Absent: uwebsockets: no binary')
  expect(text).not.toContain('prove nothing')
})

it('has a row for each peer with median, ratio and spread, and explains its remarks', () => {
  const text = formatResults(results, 'ws')
  expect(text).toMatch(/\| sluice +\| +2,000,000 †‡ \| +20\.0 \| +19\.1 – 20\.0 \| +80 % \| +0\.400 µs \| +99 % \|/)
  expect(text).toMatch(/^† .*generator/m)
  expect(text).toMatch(/\| sluice +\| +4\.0 KB \| +0\.50 \| +0\.50 – 0\.50 \| +1\.5 KB \|/)
})

it('warns of a machine that was busy', () => {
  expect(formatResults({ ...results, busyBefore: 0.4 }, 'ws')).toContain('40 %')
})
