/** Checks that the code in the README and the manual is that of its files. `node scripts/snippets.ts [--write]` */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { renderPage } from './snippets/page.ts'
import { readRegion } from './snippets/region.ts'
import { ROOT } from './workspace.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT, exclude: ['**/node_modules', 'docs/api'] }).sort()
const problems = pages.flatMap((page) => checkPage(page).map((problem) => `${page}:${problem}`))

for (const problem of problems) console.error(problem)
console.log(`${pages.length} pages, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

function checkPage(page: string): readonly string[] {
  const path = join(ROOT, page)
  const text = readFileSync(path, 'utf8')
  const rendered = renderPage(text, readCode)
  if (rendered.text === text || rendered.problems.length > 0) return rendered.problems
  if (!values.write) return [' the code differs from its file; `pnpm snippets --write` renews it']
  writeFileSync(path, rendered.text)
  return []
}

function readCode(path: string, region: string | undefined): string | undefined {
  const file = join(ROOT, path)
  return existsSync(file) ? readRegion(readFileSync(file, 'utf8'), region) : undefined
}
