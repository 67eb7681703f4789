import { describe, expect, it } from 'vitest'
import { failures, isSendableCloseCode, truncateReason } from '../src/index.ts'

describe('failures', () => {
  it.each(Object.entries(failures))('%s can be told to the peer as it is', (code, failure) => {
    expect(failure.code).toBe(code)
    expect(isSendableCloseCode(failure.closeCode)).toBe(true)
    expect(truncateReason(failure.reason)).toBe(failure.reason)
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(failures)).toBe(true)
    expect(Object.values(failures).every(Object.isFrozen)).toBe(true)
  })
})
