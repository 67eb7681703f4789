import type { ContractCase } from '../../src/contracts/contract.ts'

/** The cases that a part fails. */
export async function failuresOf(contract: readonly ContractCase[]): Promise<string[]> {
  const failures: string[] = []
  for (const { name, run, skip } of contract) {
    if (skip === undefined) await run().catch(() => failures.push(name))
  }
  return failures
}
