import { expect, it } from 'vitest'
import { fillReadme } from '../../src/report/readme.ts'

const page = 'before\n<!-- results: written by `pnpm bench --readme` -->\nold\n<!-- /results -->\nafter\n'

it('replaces what is between the markers, and nothing else', () => {
  const filled = fillReadme(page, 'new')
  expect(filled).toBe(page.replace('\nold\n', '\n\nnew\n\n'))
  expect(fillReadme(filled, 'new')).toBe(filled)
})

it('refuses a page without markers', () => {
  expect(() => fillReadme('# Title', 'new')).toThrow('results')
})
