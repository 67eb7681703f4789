/** Lists the source files of the packages that have no test file of their own. A report: nothing fails for it. */
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT } from './workspace.ts'

const tests = new Set(globSync('packages/*/test/**/*.{test,test-d}.ts', { cwd: ROOT }))
const sources = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).filter((source) => basename(source) !== 'index.ts')
const unmatched = sources.filter((source) => !testsOf(source).some((test) => tests.has(test))).sort()

for (const source of unmatched) console.log(source)
console.log(`${sources.length - unmatched.length} of ${sources.length} source files have a test of their own`)

function testsOf(source: string): string[] {
  const [packages = '', folder = '', , ...path] = source.replace(/\.ts$/, '').split('/')
  return ['.test.ts', '.test-d.ts'].map((ending) => join(packages, folder, 'test', ...path) + ending)
}
