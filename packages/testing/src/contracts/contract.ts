import { TestClientError } from '../errors.ts'

/** One thing that every part of a kind does, to be declared as a test in any runner. */
export interface ContractCase {
  readonly name: string
  /** Throws an `AssertionError` where the part does something else. */
  run(): Promise<void>
  /** Why it does not apply to this part. It is to be skipped then. */
  readonly skip?: string
}

/** Reasons by the names of the cases that a part does not fulfil by design. */
export type Skips = Readonly<Record<string, string>>

export type Checks = Readonly<Record<string, () => Promise<void> | void>>

/** Makes the cases of a contract. @throws TestClientError `ERR_INVALID_OPTION` when a name to be skipped is none of them */
export function createContract(checks: Checks, ...skips: readonly (Skips | undefined)[]): ContractCase[] {
  const reasons: Skips = Object.assign({}, ...skips)
  for (const [name, reason] of Object.entries(reasons)) {
    if (!Object.hasOwn(checks, name)) throw invalidSkip(`the contract has no case '${name}'`)
    if (typeof reason !== 'string' || reason === '') throw invalidSkip(`'${name}' is skipped without a reason`)
  }
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => check(),
    ...(Object.hasOwn(reasons, name) && { skip: reasons[name] as string }),
  }))
}

function invalidSkip(problem: string): TestClientError {
  return new TestClientError('ERR_INVALID_OPTION', `option 'skip': ${problem}`)
}
