import { Buffer } from 'node:buffer'
import { type Difference, explain, isAgreement } from './differences.ts'
import { createStream, cutAtRandom, type StreamSettings } from './frame-streams.ts'
import { Random } from './random.ts'
import { type OwnVerdict, readOwn, readWithWs, type Verdict } from './verdicts.ts'

export interface StreamReport {
  streams: number
  /** How many streams ended in which way: open, closed, or the code of the failure. */
  readonly ends: Map<string, number>
  readonly differences: Map<Difference, number>
}

/** With compression `ws` answers from the thread pool, which takes ten times as long. */
const COMPRESSED_ONE_IN = 10

/**
 * Sends random streams through our receiver, whole and in pieces, and through that of `ws`.
 *
 * @throws When our receiver breaks a promise, or differs in a way that is not known. The message names the seed.
 */
export async function fuzzStreams(count: number, seed: number): Promise<StreamReport> {
  const report: StreamReport = { streams: 0, ends: new Map(), differences: new Map() }
  for (let index = 0; index < count; index++) {
    await fuzzStream(new Random(seed + index), report).catch((error: Error) => {
      throw new Error(`Stream of seed ${seed + index}: ${error.message}`, { cause: error })
    })
  }
  return report
}

async function fuzzStream(random: Random, report: StreamReport): Promise<void> {
  const settings: StreamSettings = {
    role: random.oneIn(3) ? 'client' : 'server',
    deflate: random.oneIn(COMPRESSED_ONE_IN),
  }
  const stream = createStream(random, settings)
  const ours = readOwn([Buffer.from(stream)], settings)
  const inPieces = readOwn(cutAtRandom(random, stream), settings)
  if (!isAgreement(ours, inPieces)) throw new Error(`cut up, it is another: ${tell(stream, ours, inPieces)}`)
  const theirs = await readWithWs(Buffer.from(stream), settings)
  report.streams++
  count(report.ends, ours.failure ?? ours.end)
  if (isAgreement(ours, theirs)) return
  const difference = explain(ours, theirs, settings)
  if (difference === undefined)
    throw new Error(`unexplained: ${tell(stream, ours, theirs)} ${JSON.stringify(settings)}`)
  count(report.differences, difference)
}

function tell(stream: Buffer, ours: OwnVerdict, other: Verdict): string {
  return `${stream.toString('hex')}\n${JSON.stringify(ours)}\n${JSON.stringify(other)}`
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
