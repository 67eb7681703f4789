import type { Scenario } from '../scenario.ts'
import { chaos } from './chaos.ts'
import { controlFrameFlood } from './control-frame-flood.ts'
import { drain } from './drain.ts'
import { fragmentBombs } from './fragment-bombs.ts'
import { idle } from './idle.ts'
import { messageFlood } from './message-flood.ts'
import { originStorm } from './origin-storm.ts'
import { slowHandshakes } from './slow-handshakes.ts'
import { stalledAmongMany } from './stalled-among-many.ts'
import { stalledPeer } from './stalled-peer.ts'
import { trickleReader } from './trickle-reader.ts'
import { zipBomb } from './zip-bomb.ts'

export const SCENARIOS: readonly Scenario[] = [
  stalledPeer,
  stalledAmongMany,
  fragmentBombs,
  zipBomb,
  idle,
  drain,
  messageFlood,
  controlFrameFlood,
  trickleReader,
  slowHandshakes,
  originStorm,
  chaos,
]

/** @throws Error when there is none of that name */
export function findScenario(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (found === undefined) throw new Error(`no scenario '${name}'`)
  return found
}
