import type { Scenario } from '../scenario.ts'
import { drain } from './drain.ts'
import { fragmentBombs } from './fragment-bombs.ts'
import { idle } from './idle.ts'
import { stalledAmongMany } from './stalled-among-many.ts'
import { stalledPeer } from './stalled-peer.ts'
import { zipBomb } from './zip-bomb.ts'

export const SCENARIOS: readonly Scenario[] = [stalledPeer, stalledAmongMany, fragmentBombs, zipBomb, idle, drain]

/** @throws Error when there is none of that name */
export function findScenario(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (found === undefined) throw new Error(`no scenario '${name}'`)
  return found
}
