import type { Case } from './case.ts'
import { group01 } from './group-01.ts'
import { group02 } from './group-02.ts'
import { group03 } from './group-03.ts'
import { group04 } from './group-04.ts'
import { group05 } from './group-05.ts'
import { group06 } from './group-06.ts'
import { group07 } from './group-07.ts'
import { group09 } from './group-09.ts'
import { group10 } from './group-10.ts'
import { group100 } from './group-100.ts'
import { group12, group13, type MessageCount } from './groups-12-13.ts'

export interface Scale {
  /** Round trips in each case of 9.7 and 9.8. */
  readonly roundTrips: number
  /** Messages in each case of groups 12 and 13. */
  readonly messages: MessageCount
}

/** The counts of the public suite. */
export const FULL: Scale = { roundTrips: 1_000, messages: () => 1_000 }

/** Counts for every day: enough for the window to slide, few enough for a minute. */
export const SHORT: Scale = {
  roundTrips: 100,
  messages: (size) => Math.min(100, Math.max(4, Math.floor(131_072 / size))),
}

/** All cases in the order of their numbers. */
export function createCases(scale: Scale): readonly Case[] {
  return [
    ...group01,
    ...group02,
    ...group03,
    ...group04,
    ...group05,
    ...group06,
    ...group07,
    ...group09(scale.roundTrips),
    ...group10,
    ...group12(scale.messages),
    ...group13(scale.messages),
    ...group100,
  ]
}
