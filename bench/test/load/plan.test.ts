import { expect, it } from 'vitest'
import { decodePlan, encodePlan, type LoadPlan } from '../../src/load/plan.ts'

const plan: LoadPlan = {
  kind: 'echo',
  port: 8080,
  sockets: 64,
  inFlight: 16,
  warmup: 500,
  duration: 2000,
  framesPerMessage: 2,
  request: Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  greeting: Buffer.alloc(0),
  message: Buffer.alloc(70_000, 1),
}

it('survives the way to a generator', () => {
  const { args, input } = encodePlan(plan)
  expect(decodePlan(args, input)).toEqual(plan)
})

it('refuses a plan that is not complete', () => {
  const { args, input } = encodePlan(plan)
  expect(() => decodePlan(args, input.subarray(0, 22))).toThrow(TypeError)
  expect(() => decodePlan(['dance', ...args.slice(1)], input)).toThrow(TypeError)
})
