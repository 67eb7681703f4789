import { createNaive } from './naive.ts'
import { createSluiceTestee } from './sluice.ts'
import type { Testee } from './testee.ts'
import { ws } from './ws.ts'

/** Every testee by its name. */
export const TESTEES: readonly Testee[] = [ws, createNaive(), createSluiceTestee('ws')]

/** The testees of a run that names none. */
export const DEFAULT_TESTEES: readonly string[] = ['ws']

/** @throws Error naming the known testees */
export function findTestee(name: string): Testee {
  const testee = TESTEES.find((each) => each.name === name)
  if (testee === undefined) {
    throw new Error(`there is no testee '${name}', only ${TESTEES.map((each) => each.name).join(', ')}`)
  }
  return testee
}
