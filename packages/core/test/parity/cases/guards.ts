import { guard, isAuthenticated } from '@sluice/auth'
import { createDenial, HttpDenial } from '@sluice/core'
import { nameBackend } from '../../gates/support/credentials.ts'
import { type Cases, DETAIL, type Note } from '../matrix.ts'

const ada = { headers: { 'x-user': 'ada' } }

export const GUARDS: Cases = {
  'GD-01 work behind a refusal': {
    app: (note) => ({
      route: {
        auth: [nameBackend(note)],
        guards: [answering(note, 'one', true), answering(note, 'two', false), answering(note, 'three', true)],
      },
    }),
    visits: [
      { ...ada, end: 403 },
      { headers: { 'x-user': 'wrong' }, end: 401 },
    ],
  },
  ...Object.fromEntries(
    [1, 0, 'true', '', null, undefined, {}, [], Promise.resolve(false), Promise.resolve(1)].map((answer, index) => [
      `GD-02 answers that are neither yes nor no, ${index + 1}`,
      {
        app: (note: Note) => ({ route: { guards: [answering(note, 'odd', answer as never)] } }),
        visits: [{ end: 403 }],
      },
    ]),
  ),
  'GD-02 a promise of yes': {
    app: (note) => ({ route: { guards: [answering(note, 'later', Promise.resolve(true))] } }),
    visits: [{ end: 1000 }],
  },
  'GD-03 a guard that throws': throwing(() => fail(new Error(DETAIL)), 500),
  'GD-03 a guard that rejects': throwing(() => Promise.reject(new Error(DETAIL)), 500),
  'GD-03 a guard that throws a status': throwing(() => fail(new HttpDenial(402, 'Pay first')), 402),
  'GD-03 a guard that denies by itself': throwing(
    () => createDenial('ERR_HANDLER_DENIED', { status: 451, detail: 'Not here', headers: { 'x-why': 'law' } }),
    451,
  ),
  'GD-04 a guard that asks nobody for a permission': {
    app: { route: { auth: [nameBackend()], guards: [isAuthenticated()] } },
    visits: [{ end: 401 }, { ...ada, end: 1000 }],
  },
}

function answering(note: Note, name: string, answer: boolean | Promise<boolean>) {
  return guard(() => {
    note(name)
    return answer
  })
}

function throwing(check: Parameters<typeof guard>[0], end: number): Cases[string] {
  return { app: { route: { guards: [guard(check)] } }, visits: [{ end }] }
}

function fail(error: Error): never {
  throw error
}
