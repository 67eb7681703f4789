/** Lists the threats of each section that no test names, with the reason where there is one. A report: `test/threats.test.ts` judges. */
import { readSources, readThreats } from './threats/sources.ts'
import { type Finding, survey } from './threats/survey.ts'

const findings = survey(readThreats(), readSources())
const sections = Map.groupBy(findings, ({ section }) => section)

for (const [section, ofSection] of sections) {
  const untested = ofSection.filter(({ files }) => files.length === 0)
  console.log(`${section}: ${ofSection.length - untested.length} of ${ofSection.length} have a test`)
  for (const finding of untested) console.log(`  ${describe(finding)}`)
}

function describe({ id, threat, reason }: Finding): string {
  return `${id} ${threat}: ${reason ?? 'no test, and no reason'}`
}
