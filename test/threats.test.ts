import { describe, expect, it } from 'vitest'
import { readTitles } from '../scripts/threats/read-titles.ts'
import { readSources, readThreats } from '../scripts/threats/sources.ts'
import { survey, type Threats, unknownIds } from '../scripts/threats/survey.ts'

const threats = readThreats()
const sources = readSources()
const findings = survey(threats, sources)

/** The sections on who may open a connection. */
const GATES = /^2\.[1-6] /

describe('the list of threats', () => {
  it('has a test for each, or a reason', () => {
    const missing = findings.filter(({ files, reason }) => files.length === 0 && reason === undefined)
    expect(missing.map(({ id, threat }) => `${id} ${threat}`)).toEqual([])
  })

  it('gives no reason beside a test that exists', () => {
    const outdated = findings.filter(({ files, reason }) => files.length > 0 && reason !== undefined)
    expect(outdated.map(({ id, files }) => `${id} has a test in ${files}`)).toEqual([])
  })

  it('has a test in both transports for each gate that wants it', () => {
    const single = findings.filter(({ section, inBoth, isInBoth }) => GATES.test(section) && inBoth && !isInBoth)
    expect(single.map(({ id, threat }) => `${id} ${threat}`)).toEqual([])
  })

  it('has every threat that a test names', () => {
    expect(unknownIds(threats, sources)).toEqual([])
  })

  it('is complete: the ids of each section are numbered through', () => {
    for (const ids of Object.values(threats).map(Object.keys)) {
      const prefix = ids[0]?.slice(0, 2)
      expect(ids).toEqual(ids.map((_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`))
    }
    expect(findings).toHaveLength(215)
  })
})

describe('the survey', () => {
  const LIST: Threats = {
    '2.1 Handshake': {
      'HS-01': { threat: 'one', inBoth: true },
      'HS-02': { threat: 'two', inBoth: true },
      'HS-03': { threat: 'three', reason: 'later: never' },
    },
  }

  it('finds ids in titles and nowhere else', () => {
    const text = [
      '// HS-09 in a comment',
      "const id = 'HS-08'",
      "describe('HS-01 a group', () => {})",
      "it.each(['HS-07'])('HS-02 each %s', () => {})",
      "test.for([1])('HS-03 for', () => {})",
      'it(`HS-04 $' + '{id} and HS-05`, () => {})',
      "describe.each([1])('over %s', () => it('HS-06', () => {}))",
    ].join('\n')
    expect(readTitles('a.test.ts', text)).toEqual([
      'HS-01 a group',
      'HS-02 each %s',
      'HS-03 for',
      'HS-04 … and HS-05',
      'over %s',
      'HS-06',
    ])
  })

  it('says which tests name a threat, and whether they run in both transports', () => {
    const found = survey(LIST, {
      'a.test.ts': "it('HS-01', () => inBoth(gate, visit))",
      'b.test.ts': "it('HS-01 HS-02', () => {})",
    })
    expect(found).toEqual([
      {
        id: 'HS-01',
        section: '2.1 Handshake',
        threat: 'one',
        inBoth: true,
        files: ['a.test.ts', 'b.test.ts'],
        isInBoth: true,
      },
      { id: 'HS-02', section: '2.1 Handshake', threat: 'two', inBoth: true, files: ['b.test.ts'], isInBoth: false },
      { id: 'HS-03', section: '2.1 Handshake', threat: 'three', reason: 'later: never', files: [], isInBoth: false },
    ])
  })

  it('finds ids that are on no list, but no name that only looks like one', () => {
    const text = "it('HS-04 as RL-99 and UTF-16 in ISO-10', () => {})"
    expect(unknownIds(LIST, { 'a.test.ts': text })).toEqual(['HS-04', 'RL-99'])
  })
})
