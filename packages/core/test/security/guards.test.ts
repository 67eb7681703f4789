import { describe, expect, it, vi } from 'vitest'
import { HttpDenial } from '../../src/errors.ts'
import { notAuthenticated } from '../../src/security/authentication.ts'
import { createDenial, DenialError } from '../../src/security/denial.ts'
import { createGuardsStage } from '../../src/security/guards.ts'
import { createPipeline, runPipeline } from '../../src/security/pipeline.ts'
import type { Guard, GuardContext } from '../../src/security/ports.ts'
import { PASSED } from '../../src/security/stage.ts'
import { handshake } from './fixtures.ts'

const CHALLENGE = notAuthenticated([{ name: 'jwt', challenge: 'Bearer', authenticate: () => ({ kind: 'none' }) }])

function guard(check: (context: GuardContext) => unknown, overrides: Partial<Guard> = {}): Guard {
  return { name: 'test', check: check as Guard['check'], ...overrides }
}

function run(lists: readonly (readonly Guard[])[], peer = handshake()) {
  return runPipeline(createPipeline({ guards: createGuardsStage(lists, CHALLENGE) }), peer)
}

const ALLOW = guard(() => true)
const DENY = guard(() => false)
const ALLOW_LATER = guard(async () => true)
const DENY_LATER = guard(async () => false)

describe('the guards stage', () => {
  it.each([
    [[ALLOW, ALLOW], 'admitted'],
    [[ALLOW, DENY], 'denied'],
    [[DENY, ALLOW], 'denied'],
    [[ALLOW_LATER, ALLOW, ALLOW_LATER], 'admitted'],
    [[ALLOW, DENY_LATER], 'denied'],
    [[ALLOW_LATER, DENY], 'denied'],
    [[], 'admitted'],
  ] as const)('GD-01 needs every guard of a list: %#', async (list, kind) => {
    expect((await run([list])).kind).toBe(kind)
  })

  it.each([
    false,
    0,
    1,
    '',
    'true',
    null,
    undefined,
    {},
    [],
    Symbol('true'),
    Promise.resolve(false),
    Promise.resolve('yes'),
  ])('GD-02 takes nothing but true for a yes: %s', async (answer) => {
    expect(await run([[guard(() => answer)]])).toMatchObject({
      kind: 'denied',
      denial: { status: 403, detail: 'Permission denied', code: 'ERR_PERMISSION_DENIED' },
    })
  })

  it('GD-01 asks in order, and nobody after a refusal', async () => {
    const calls: string[] = []
    const named = (name: string, answer: unknown) =>
      guard(() => {
        calls.push(name)
        return answer
      })
    await run([
      [named('a', true), named('b', Promise.resolve(true))],
      [named('c', false), named('d', true)],
    ])
    expect(calls).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['throws', () => Promise.reject(new Error('secret')), 500, 'Internal server error'],
    [
      'throws at once',
      () => {
        throw new Error('secret')
      },
      500,
      'Internal server error',
    ],
    ['throws null', () => Promise.reject(null), 500, 'Internal server error'],
    ['throws an HttpDenial', () => Promise.reject(new HttpDenial(402, 'Pay first')), 402, 'Pay first'],
  ])('GD-03 %s', async (_name, check, status, detail) => {
    const outcome = await run([[guard(check)]])
    expect(outcome).toMatchObject({ kind: 'denied', stage: 'guards', denial: { status, detail } })
    expect(outcome).toHaveProperty('denial.cause')
  })

  it('GD-04 sends the challenges of the route with a 401', async () => {
    const outcome = await run([[guard(() => createDenial('ERR_NOT_AUTHENTICATED'))]])
    expect(outcome).toMatchObject({ denial: { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } } })
  })

  it('sends the denial that a guard returns', async () => {
    const denial = createDenial('ERR_PERMISSION_DENIED', {
      status: 402,
      detail: 'Pay first',
      headers: { 'X-Plan': 'pro' },
    })
    expect(await run([[guard(() => denial)]])).toMatchObject({ denial })
  })

  it.each([
    { code: 'ERR_UNHEARD_OF', status: 403, detail: '', headers: {} },
    { code: 'ERR_PERMISSION_DENIED', status: 200, detail: '', headers: {} },
    { code: 'ERR_PERMISSION_DENIED', status: '403', detail: '', headers: {} },
    { code: 'ERR_PERMISSION_DENIED', status: 403, detail: '' },
    { code: 'toString', status: 403, detail: '', headers: {} },
  ])('takes what only looks like a denial for a plain no: %j', async (answer) => {
    expect(await run([[guard(() => answer)]])).toMatchObject({ denial: { status: 403, detail: 'Permission denied' } })
  })

  it('GD-05 lets a final guard end its own list and no other', async () => {
    const final = guard(() => true, { isFinal: true })
    const skipped = vi.fn(() => false)
    const asked = vi.fn(() => true)
    expect(await run([[final, guard(skipped)], [guard(asked)]])).toEqual({ kind: 'admitted' })
    expect(skipped).not.toHaveBeenCalled()
    expect(asked).toHaveBeenCalledOnce()
    expect(await run([[final], [DENY]])).toMatchObject({ kind: 'denied' })
  })

  it('ends a list by a final guard that answers later, only if it allows', async () => {
    const final = (answer: boolean) => guard(async () => answer, { isFinal: true })
    expect(await run([[final(true), DENY]])).toEqual({ kind: 'admitted' })
    expect(await run([[final(false), ALLOW]])).toMatchObject({ kind: 'denied' })
  })

  it('GD-07 ends with 422 when a guard reads params that are wrong', async () => {
    const readParams = () => {
      throw new DenialError(createDenial('ERR_INVALID_PARAMS', { detail: [{ loc: ['path', 'id'] }] }))
    }
    const reading = guard((context) => context.params.id === 1)
    expect(await run([[reading]], handshake({ readParams }))).toMatchObject({
      stage: 'guards',
      denial: { status: 422, detail: [{ loc: ['path', 'id'] }] },
    })
  })

  it('GD-07 reads no params for a guard that does not', async () => {
    const readParams = vi.fn(() => ({}))
    await run([[DENY]], handshake({ readParams }))
    expect(readParams).not.toHaveBeenCalled()
  })

  it('makes no promise when its guards make none', () => {
    expect(createGuardsStage([[ALLOW, ALLOW], [ALLOW]], CHALLENGE)(handshake())).toBe(PASSED)
  })
})
