/** Refuses imports that the architecture forbids. `node scripts/layers.ts [root]` */
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkFile } from './layers/check-file.ts'
import { ROOT } from './workspace.ts'

const root = resolve(process.argv[2] ?? ROOT)
const files = globSync('{packages,examples,bench,conformance,stress}/**/*.ts', {
  cwd: root,
  exclude: ['**/node_modules', '**/dist'],
})
const violations = files.sort().flatMap((file) => checkFile(file, readFileSync(join(root, file), 'utf8')))

for (const { file, line, reason } of violations) console.error(`${file}:${line} ${reason}`)
console.log(`${files.length} files, ${violations.length} forbidden imports`)
process.exitCode = violations.length === 0 ? 0 : 1
