import { expect, it } from 'vitest'
import { runDrain } from '../../src/scenarios/drain.ts'

it('SD-01 SD-02 SD-07 a server ends by itself after SIGTERM, and tells every client', { timeout: 60_000 }, async () => {
  const { codes, exitCode } = await runDrain({ clients: 300, mute: 0.02, timeout: 500 })
  expect(codes).toEqual({ 1001: 300 })
  expect(exitCode).toBe(0)
})
