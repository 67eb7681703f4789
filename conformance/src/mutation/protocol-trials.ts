import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildFaultyCopy, FAULTS } from '@sluice/protocol/faults'
import { concurrently } from '../concurrently.ts'
import { compareWith, readExpectations } from '../expected.ts'
import type { Role } from '../run.ts'
import { createProtocolTestee } from '../testees/protocol.ts'
import type { ProtocolPackage } from '../testees/protocol-connection.ts'
import type { Testee } from '../testees/testee.ts'
import { CATCHING, caughtBy, UNSEEN } from './protocol-faults.ts'
import { casesOf, PATIENCE, ROLES, runTrial, type Trials } from './trials.ts'

/** Copies of `@sluice/protocol` with a fault in the source: the case named for a fault must come out otherwise. */
export async function runProtocolTrials(): Promise<Trials> {
  const faultless = createProtocolTestee('sluice-protocol', await import('@sluice/protocol'))
  const flaws = (await Promise.all(ROLES.map((role) => findDifferences(faultless, role, CATCHING[role])))).flat()
  const seen = FAULTS.filter(({ name }) => !UNSEEN.has(name))
  let caught = 0
  await concurrently(seen, 8, async (fault) => {
    const trial = caughtBy(fault.name)
    if (trial === undefined) flaws.push(`no case is named for '${fault.name}'`)
    else if (await isCaught(buildFaultyCopy(fault), ...trial)) caught++
    else flaws.push(`missed as ${trial[1]}: '${fault.name}' is not caught by ${trial[0]}`)
    return 'continue'
  })
  return { subject: 'sluice-protocol', faults: seen.length, caught, flaws }
}

async function isCaught(directory: string, number: string, role: Role): Promise<boolean> {
  try {
    const protocol: ProtocolPackage = await import(pathToFileURL(join(directory, 'index.ts')).href)
    const faulty = createProtocolTestee('a faulty copy of sluice-protocol', protocol)
    return (await findDifferences(faulty, role, [number])).length > 0
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function findDifferences(testee: Testee, role: Role, numbers: readonly string[]): Promise<string[]> {
  const expectations = await readExpectations('sluice-protocol')
  const results = await runTrial(testee, casesOf(...numbers), { role, patience: PATIENCE.faulty })
  return compareWith(expectations[role], results, false)
}
