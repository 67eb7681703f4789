import type { DenialStage, DeniedHandshake } from '@sluice/core'
import { expect, it } from 'vitest'
import { RecentDenials } from './recent-denials.ts'

it('keeps the stage of the last 200 attempts, and of none whose name is too long', () => {
  const denials = new RecentDenials()
  const deny = (attempt: string, stage: DenialStage) =>
    denials.add({ stage, request: { url: `/ws?attempt=${attempt}` } } as DeniedHandshake)

  deny('first', 'origin')
  for (let index = 0; index < 199; index++) deny(`attempt-${index}`, 'guards')
  expect(denials.stageOf('first')).toBe('origin')
  deny('last', 'capacity')
  deny('a'.repeat(33), 'capacity')
  denials.add({ stage: 'upgrade', request: { url: '/ws' } } as DeniedHandshake)
  expect(denials.stageOf('first')).toBeNull()
  expect(denials.stageOf('attempt-0')).toBe('guards')
  expect(denials.stageOf('last')).toBe('capacity')
  expect(denials.stageOf('a'.repeat(33))).toBeNull()
})
