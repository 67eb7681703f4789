import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const FILES = ['sluice', 'inject-ws', 'raw-ws'] as const
const PAGE = new URL('../../../../../docs/migrating-tests.md', import.meta.url)

/** The lines of each test in a file, by its title. */
function linesOf(file: string): Map<string, number> {
  const source = readFileSync(new URL(`${file}.test.ts`, import.meta.url), 'utf8')
  const tests = source.matchAll(/^it\('([^']+)'.*?^\}\)$/gms)
  return new Map(Array.from(tests, ([text, title = '']) => [title, text.split('\n').length]))
}

it('the manual tells how many lines the ten tests take', () => {
  const [ours, ...others] = FILES.map(linesOf)
  const rows = Array.from(ours ?? [], ([title, lines]) => {
    const theirs = others.map((tests) => tests.get(title) ?? '–')
    return `| ${title} | ${[lines, ...theirs].join(' | ')} |`
  })

  expect(rows).toHaveLength(10)
  expect(readFileSync(PAGE, 'utf8')).toContain(rows.join('\n'))
})
