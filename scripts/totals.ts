/**
 * Adds up a CI run and ends with the one line `N passed, N failed`. `node scripts/totals.ts <folder>`
 *
 * The folder holds one folder for each part: `exit-code`, and any number of JSON reports.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countPart, countReport, type Totals } from './reports.ts'

const [folder = '.'] = process.argv.slice(2)

let total: Totals = { passed: 0, failed: 0 }
for (const file of globSync('*/exit-code', { cwd: folder }).sort()) {
  const part = file.slice(0, -'/exit-code'.length)
  const reports = globSync('*.json', { cwd: join(folder, part) }).map((name) => readReport(join(folder, part, name)))
  const { passed, failed } = countPart({ exitCode: Number(readFileSync(join(folder, file), 'utf8')), reports })
  console.log(`${part}: ${passed} passed, ${failed} failed`)
  total = { passed: total.passed + passed, failed: total.failed + failed }
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1

/** A report that cannot be read, such as one that a crash left half written, counts as one failure. */
function readReport(file: string): Totals {
  try {
    return countReport(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    console.log(`${file}: ${error instanceof Error ? error.message : String(error)}`)
    return { passed: 0, failed: 1 }
  }
}
