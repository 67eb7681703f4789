import { expect, it } from 'vitest'
import { drawChart } from '../../src/report/chart.ts'
import { results } from './results.ts'

const chart = drawChart(results, 'ws')

it('is well-formed XML', () => {
  const open: string[] = []
  for (const [, isEnd, name = '', attributes = ''] of chart.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (isEnd) expect(open.pop()).toBe(name)
    else if (!attributes.endsWith('/')) open.push(name)
    expect(attributes).toMatch(/^(?:\s+[\w:-]+="[^"<&]*")*\s*\/?$/)
  }
  expect(open).toEqual([])
  const text = chart.replaceAll(/<style>[\s\S]*<\/style>|<[^<>]*>/g, '')
  expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
})

it('has a bar for every row, the best one in full and inside of the picture', () => {
  const widths = [...chart.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width))
  expect(widths).toHaveLength(4)
  expect(widths[0]).toBeCloseTo((widths[1] ?? 0) / 20)
  expect(Math.max(...widths)).toBeLessThan(860)
})

it('follows the colour scheme of its reader', () => {
  expect(chart).toContain('prefers-color-scheme: dark')
})

it('says what the figures are', () => {
  expect(chart).toContain('Test &amp; &lt;Co&gt;')
  expect(chart).toContain('20.0×')
  expect(chart).toContain('less is better')
})
