import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DIFFERENCES } from '../../fuzz/differences.ts'
import { fuzzStreams } from '../../fuzz/fuzz-streams.ts'
import { failures } from '../../src/index.ts'

describe('fuzzed streams', () => {
  it('PR-18 end open, closed or in a documented failure, cut anyhow, and as with ws', {
    timeout: 120_000,
  }, async () => {
    const report = await fuzzStreams(20_000, 1)
    expect(report.streams).toBe(20_000)
    expect([...report.ends.keys()].sort()).toEqual([...Object.keys(failures), 'closed', 'open'].sort())
  })

  it('give the same result for the same seed', async () => {
    expect(await fuzzStreams(200, 7)).toEqual(await fuzzStreams(200, 7))
  })

  it('differ from ws only in ways that the manual explains', () => {
    const page = readFileSync(new URL('../../../../docs/differences-from-ws.md', import.meta.url), 'utf8')
    const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual(Object.keys(DIFFERENCES))
  })
})
