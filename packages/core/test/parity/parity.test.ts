import type { WebSocketConnection } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { readSources, readThreats } from '../../../../scripts/threats/sources.ts'
import { survey } from '../../../../scripts/threats/survey.ts'
import { type Case, playInAll } from './matrix.ts'
import { EXCEPTIONS, TABLE } from './table.ts'

describe('TC-01 TC-03 the same over memory and sockets, with both engines', () => {
  it.each(Object.entries(TABLE))('%s', (_name, each) => playInAll(each))
})

describe('the table', () => {
  const played = new Set(Object.keys(TABLE).flatMap((name) => name.match(/\b[A-Z]{2}-\d\d\b/g) ?? []))
  const wanted = survey(readThreats(), readSources()).filter(({ inBoth, files }) => inBoth && files.length > 0)

  it('has every threat that has to hold in both and has a test, but for those with a reason', () => {
    const missing = wanted.filter(({ id }) => !played.has(id) && !Object.hasOwn(EXCEPTIONS, id))
    expect(missing.map(({ id, threat }) => `${id} ${threat}`)).toEqual([])
  })

  it('gives no reason for a threat that it has', () => {
    expect(Object.keys(EXCEPTIONS).filter((id) => played.has(id))).toEqual([])
  })
})

describe('the comparison', () => {
  it('fails where the second of two differs, and shows both', async () => {
    let plays = 0
    const differing = {
      app: () => ({ handler: (ws: WebSocketConnection) => ws.deny({ status: 400 + ++plays }) }),
      visits: [{ end: 400 }],
    } satisfies Case
    await expect(playInAll(differing)).rejects.toThrow(/memory, engine frame .*401.*socket, engine frame .*402/s)
  })

  it('fails where a case ends in another way than it says', async () => {
    await expect(playInAll({ visits: [{ end: 403 }] })).rejects.toThrow(/1000/)
  })

  it('fails where a secret is told', async () => {
    const deny = (ws: WebSocketConnection) => ws.deny({ body: 'hunter2' })
    const telling = { app: { handler: deny }, visits: [{ end: 403 }], secret: 'hunter2' }
    await expect(playInAll(telling)).rejects.toThrow(/hunter2/)
  })
})
