import { describe, expect, it } from 'vitest'
import { abandonHandshakes } from '../../fuzz/abandon-handshakes.ts'
import { fuzzHandshakes } from '../../fuzz/fuzz-handshakes.ts'
import { fuzzStreams } from '../../fuzz/fuzz-streams.ts'
import { ENGINES } from '../support/site.ts'

/** Few of each; `fuzz/run.ts` runs as many as one likes. */
describe.each(ENGINES)('a server that is fuzzed over TCP, with the %s engine', { timeout: 120_000 }, (engine) => {
  it('HS-20 answers handshakes with 101 or 4xx', async () => {
    const { handshakes, statuses } = await fuzzHandshakes({ count: 1_000, seed: 1, engine })
    expect(handshakes).toBe(1_000)
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([101, 400, 404, 426]))
  })

  it('PR-18 ends streams with a close code of the protocol, or without', async () => {
    const { streams, ends } = await fuzzStreams({ count: 1_000, seed: 1, engine })
    expect(streams).toBe(1_000)
    expect([...ends.keys()]).toEqual(expect.arrayContaining(['none', 1000, 1002, 1007]))
  })

  it('HS-14 ends connections that are reset at their 101 once, and frees their places', async () => {
    const { handshakes, connects, disconnects } = await abandonHandshakes({ count: 300, engine })
    expect(handshakes).toBe(300)
    expect(disconnects).toBe(connects)
  })
})
