import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ERRORS } from '../src/errors.ts'
import { DENIALS } from '../src/security/denial.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

it('the errors page has the codes of all errors with their meaning, and no others', () => {
  expect(readRows('## Errors that Sluice throws')).toEqual(Object.entries(ERRORS))
})

it('the errors page has all denials with their status, text and close code, and no others', () => {
  const rows = readRows('## Denials').map(([code, status, text, closeCode]) => [code, status, text, closeCode])
  const denials = Object.entries(DENIALS).map(([code, { status, text, closeCode }]) => [
    code,
    String(status),
    text,
    String(closeCode),
  ])
  expect(rows).toEqual(denials)
})

/** The rows of a section that begin with a code, cell by cell. */
function readRows(heading: string): string[][] {
  const [, rest = ''] = page.split(`${heading}\n`)
  const [section = ''] = rest.split('\n## ')
  const rows = section.matchAll(/^\| `(ERR_\w+)` \| (.*) \|$/gm)
  return Array.from(rows, ([, code = '', cells = '']) => [code, ...cells.split(' | ')])
}
