/** Checks that the relative links of the Markdown pages lead somewhere and that the scripts they name exist. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { readLinks, readScripts, readSlugs } from './markdown.ts'
import { ROOT, readManifest } from './workspace.ts'

const scripts = new Set(Object.keys(readManifest(ROOT).scripts ?? {}))
const pages = globSync('**/*.md', { cwd: ROOT, exclude: ['**/node_modules', '**/dist', 'docs/api'] }).sort()
const problems = pages.flatMap((page) => checkPage(join(ROOT, page)).map((problem) => `${page}: ${problem}`))

for (const problem of problems) console.error(problem)
console.log(`${pages.length} pages, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

function checkPage(page: string): string[] {
  const text = readFileSync(page, 'utf8')
  const missing = readScripts(text).filter((script) => !scripts.has(script))
  return [
    ...readLinks(text).flatMap((link) => checkLink(page, link)),
    ...missing.map((script) => `there is no script '${script}'`),
  ]
}

function checkLink(page: string, link: string): string[] {
  const [path = '', fragment] = link.split('#')
  const target = path === '' ? page : resolve(dirname(page), decodeURIComponent(path))
  if (!existsSync(target)) return [`${link} leads nowhere`]
  if (fragment === undefined || !target.endsWith('.md')) return []
  const slugs = readSlugs(readFileSync(target, 'utf8'))
  return slugs.includes(fragment) ? [] : [`${relative(ROOT, target)} has no heading #${fragment}`]
}
