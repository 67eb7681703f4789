import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { concurrently } from '../concurrently.ts'
import { compareWith, readExpectations } from '../expected.ts'
import type { Role } from '../run.ts'
import { createProtocolTestee } from '../testees/protocol.ts'
import type { ProtocolPackage } from '../testees/protocol-connection.ts'
import { caughtBy, loadFaults, UNSEEN } from './protocol-faults.ts'
import { casesOf, PATIENCE, runTrial, type Trials } from './trials.ts'

/** Copies of `@sluice/protocol` with a fault in the source: the case named for a fault must come out otherwise. */
export async function runProtocolTrials(): Promise<Trials> {
  const flaws: string[] = []
  const { FAULTS, buildFaultyCopy } = await loadFaults()
  const seen = FAULTS.filter(({ name }) => !UNSEEN.has(name))
  await concurrently(seen, 8, async (fault) => {
    const trial = caughtBy(fault.name)
    if (trial === undefined) flaws.push(`no case is named for '${fault.name}'`)
    else if (!(await isCaught(buildFaultyCopy(fault), ...trial)))
      flaws.push(`missed as ${trial[1]}: '${fault.name}' by ${trial[0]}`)
    return 'continue'
  })
  return { subject: 'sluice-protocol', faults: seen.length, caught: seen.length - flaws.length, flaws }
}

async function isCaught(directory: string, number: string, role: Role): Promise<boolean> {
  const expectations = await readExpectations('sluice-protocol')
  try {
    const protocol: ProtocolPackage = await import(pathToFileURL(join(directory, 'index.ts')).href)
    const testee = createProtocolTestee('a faulty copy of sluice-protocol', protocol)
    const results = await runTrial(testee, casesOf(number), { role, patience: PATIENCE.faulty })
    return compareWith(expectations[role], results, false).length > 0
  } finally {
    rmSync(directory, { recursive: true })
  }
}
