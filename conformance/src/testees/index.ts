import type { Testee } from './testee.ts'

/** Every testee by its name. Each is loaded alone, so that a broken one harms no other. */
const TESTEES: Readonly<Record<string, () => Promise<Testee>>> = {
  'sluice-frame': async () => (await import('./sluice.ts')).createSluiceTestee('frame'),
  'sluice-ws': async () => (await import('./sluice.ts')).createSluiceTestee('ws'),
  'sluice-protocol': async () =>
    (await import('./protocol.ts')).createProtocolTestee('sluice-protocol', await import('@sluice/protocol')),
  ws: async () => (await import('./ws.ts')).ws,
  naive: async () => (await import('./naive.ts')).createNaive(),
}

/** The testees of a run that names none. */
export const DEFAULT_TESTEES: readonly string[] = ['sluice-frame', 'sluice-ws', 'sluice-protocol', 'ws']

export const TESTEE_NAMES: readonly string[] = Object.keys(TESTEES)

/** @throws Error when there is no testee of that name */
export async function loadTestee(name: string): Promise<Testee> {
  const load = TESTEES[name]
  if (load === undefined) throw new Error(`there is no testee '${name}', only ${TESTEE_NAMES.join(', ')}`)
  return await load()
}
