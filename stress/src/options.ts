import { parseArgs } from 'node:util'

export interface Options {
  /** Names of scenarios; empty for all. */
  readonly only: readonly string[]
  readonly seed: number
  readonly short: boolean
  readonly list: boolean
  /** A file for the results. */
  readonly json: string | undefined
}

export const USAGE = `stress [--only a,b] [--seed n] [--short] [--list] [--json file]`

/** @throws TypeError when the arguments make no sense */
export function parseOptions(args: readonly string[], names: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const only = values.only.split(',').filter((name) => name !== '')
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`no scenario '${unknown}': ${names.join(', ')}`)
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed takes a whole number, not '${values.seed}'`)
  return { only, seed, short: values.short, list: values.list, json: values.json }
}
