import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { WARNINGS } from '../../src/security/warnings.ts'

const page = readFileSync(new URL('../../../../docs/security/warnings.md', import.meta.url), 'utf8')

it('the warnings page has all warnings with their text, and no others', () => {
  const sections = page.matchAll(/^## (SLUICE_WARN_\w+)\n\n> (.*)\n/gm)
  expect(Array.from(sections, ([, code, text]) => [code, text])).toEqual(Object.entries(WARNINGS))
})

it('the warnings page says of each why and what to do', () => {
  for (const section of page.split('\n## ').slice(1)) {
    expect(section).toContain('\n**Why.** ')
    expect(section).toContain('\n**To mend it**, ')
  }
})
