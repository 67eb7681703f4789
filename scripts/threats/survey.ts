import { readTitles } from './read-titles.ts'

/** One attack or fault of the list. */
export interface Threat {
  /** In a few words. */
  readonly threat: string
  /** It has to hold over a socket and in memory. */
  readonly inBoth?: boolean
  /** Why no test names it. */
  readonly reason?: string
}

/** The list: threats by id, by section. */
export type Threats = Readonly<Record<string, Readonly<Record<string, Threat>>>>

/** What the tests say of one threat. */
export interface Finding extends Threat {
  readonly id: string
  readonly section: string
  /** The test files with the id in a title. */
  readonly files: readonly string[]
  /** One of them runs its tests over a socket and in memory. */
  readonly isInBoth: boolean
}

/** Finds the tests of each threat by the ids in their titles. @param sources test files and what is in them */
export function survey(threats: Threats, sources: Readonly<Record<string, string>>): Finding[] {
  const tested = new Map<string, string[]>()
  for (const [file, text] of Object.entries(sources)) {
    for (const id of new Set(readTitles(file, text).flatMap(idsIn))) tested.set(id, [...(tested.get(id) ?? []), file])
  }
  return Object.entries(threats).flatMap(([section, entries]) =>
    Object.entries(entries).map(([id, threat]) => {
      const files = tested.get(id) ?? []
      return { ...threat, id, section, files, isInBoth: files.some((file) => runsInBoth(sources[file] ?? '')) }
    }),
  )
}

/** The ids in titles that are not on the list. */
export function unknownIds(threats: Threats, sources: Readonly<Record<string, string>>): string[] {
  const known = new Set(Object.values(threats).flatMap((entries) => Object.keys(entries)))
  const found = Object.entries(sources).flatMap(([file, text]) => readTitles(file, text).flatMap(idsIn))
  return [...new Set(found)].filter((id) => PREFIXES.test(id) && !known.has(id)).sort()
}

function idsIn(title: string): string[] {
  return title.match(/\b[A-Z]{2}-\d\d\b/g) ?? []
}

/** What our ids begin with: others have such names too, ISO-8859-15 say. */
const PREFIXES = /^(?:HS|OR|RL|AU|GD|PA|MS|PR|CP|BP|RB|SD|CL|DC|TC)-/

/** What a file says that runs its tests twice. */
function runsInBoth(text: string): boolean {
  return /\binBoth(?:Transports)?\(|\[\s*'memory',\s*'socket'\s*\]|\bknocks?\(/.test(text)
}
