import { parseArgs } from 'node:util'
import type { Role } from './run.ts'
import { DEFAULT_TESTEES, TESTEE_NAMES } from './testees/index.ts'

export const USAGE = `Usage: conformance [options]
  --testee NAME        ${TESTEE_NAMES.join(', ')}; may be repeated
  --role server|client the role of the testee; both by default
  --only PREFIX        only the cases whose number begins so, for example 6.4; may be repeated
  --full               the message counts of the public suite
  --update             write the results as the expected ones
  --json FILE          write all results to a file
  --concurrency N      cases under way at once, 12 by default
  --patience MS        the longest wait for anything, 10000 by default`

export interface Options {
  readonly testees: readonly string[]
  readonly roles: readonly Role[]
  readonly only: readonly string[]
  readonly full: boolean
  readonly update: boolean
  readonly json: string | undefined
  readonly concurrency: number
  readonly patience: number
}

/** @throws Error naming the argument that is wrong */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      testee: { type: 'string', multiple: true },
      role: { type: 'string' },
      only: { type: 'string', multiple: true },
      full: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      json: { type: 'string' },
      concurrency: { type: 'string', default: '12' },
      patience: { type: 'string', default: '10000' },
    },
  })
  const only = values.only ?? []
  const unknown = values.testee?.find((name) => !TESTEE_NAMES.includes(name))
  if (unknown !== undefined) throw new Error(`--testee is one of ${TESTEE_NAMES.join(', ')}, not '${unknown}'`)
  if (values.update && only.length > 0) throw new Error('--update needs all cases, so it does not go with --only')
  return {
    testees: values.testee ?? DEFAULT_TESTEES,
    roles: values.role === undefined ? ['server', 'client'] : [parseRole(values.role)],
    only,
    full: values.full,
    update: values.update,
    json: values.json,
    concurrency: parsePositive('--concurrency', values.concurrency),
    patience: parsePositive('--patience', values.patience),
  }
}

/** Whether a case is chosen: `6.4` means 6.4 and everything below it. */
export function isChosen(number: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((prefix) => number === prefix || number.startsWith(`${prefix}.`))
}

function parseRole(role: string): Role {
  if (role === 'server' || role === 'client') return role
  throw new Error(`--role is server or client, not '${role}'`)
}

function parsePositive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(`${name} is a positive integer, not '${text}'`)
  return value
}
