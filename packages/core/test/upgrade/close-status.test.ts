import { isSendableCloseCode } from '@sluice/protocol'
import { expect, it } from 'vitest'
import { DENIALS } from '../../src/security/denial.ts'
import { statusOfCloseCode } from '../../src/upgrade/close-status.ts'

it('every close code has a status that denies', () => {
  for (let code = 0; code <= 5_000; code++) {
    expect(statusOfCloseCode(code)).toBeGreaterThanOrEqual(400)
    expect(statusOfCloseCode(code)).toBeLessThan(600)
  }
})

it('the close codes of denials can be sent', () => {
  for (const { closeCode } of Object.values(DENIALS)) expect(isSendableCloseCode(closeCode)).toBe(true)
})
