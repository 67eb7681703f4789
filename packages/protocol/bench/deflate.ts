/**
 * Where the line between zlib in place and zlib on the thread pool belongs: what a message costs the event loop either
 * way, in processor time of its thread, and how long a message that is alone takes on the pool.
 * `node --conditions=@sluice/source bench/deflate.ts`, on Node 24 or newer.
 */
import { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync, inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib'

/** What is done to one message. */
interface Work {
  readonly inPlace: () => void
  readonly onPool: () => Promise<unknown>
}

const LENGTHS = [256, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 262_144]
/** What `Deflater` does by default. */
const OPTIONS: ZlibOptions = { windowBits: 12, level: 6, memLevel: 5, finishFlush: constants.Z_SYNC_FLUSH }
const CONCURRENCY = 10
const ROUNDS = 7
/** Each round has as many messages as make up so many bytes. */
const ROUND_BYTES = 4_194_304

const deflateOnPool = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw)
const inflateOnPool = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw)

console.log('deflate')
console.table(await table((length) => deflating(messageOf(length))))
console.log('inflate, by the length of what comes in')
console.table(await table((length) => inflating(compressedTo(length))))

function deflating(message: Buffer): Work {
  const options = { ...OPTIONS, chunkSize: Math.min(Math.max(message.length, 1024), 65_536) }
  return {
    inPlace: () => void deflateRawSync(message, options),
    onPool: () => deflateOnPool(message, options),
  }
}

function inflating(payload: Buffer): Work {
  const options = {
    windowBits: 12,
    chunkSize: Math.min(payload.length * 4, 65_536),
    finishFlush: constants.Z_SYNC_FLUSH,
  }
  return {
    inPlace: () => void inflateRawSync(payload, options),
    onPool: () => inflateOnPool(payload, options),
  }
}

/** Lines of JSON, which compress to about a fifth. */
function messageOf(length: number): Buffer {
  let text = ''
  for (let id = 1; text.length < length; id++) {
    const score = Math.imul(id, 2_654_435_761) >>> 12
    text += JSON.stringify({ id, name: `user ${score % 997}`, isOnline: score % 2 === 0, score })
  }
  return Buffer.from(text.slice(0, length))
}

/** A message that is about so long once it is compressed. */
function compressedTo(length: number): Buffer {
  const sample = deflateRawSync(messageOf(length * 4), OPTIONS)
  return deflateRawSync(messageOf(Math.round((length * length * 4) / sample.length)), OPTIONS)
}

async function table(workOn: (length: number) => Work) {
  const rows: Record<string, Record<string, number>> = {}
  for (const length of LENGTHS) {
    const work = workOn(length)
    const count = Math.ceil(ROUND_BYTES / Math.max(length, 4096))
    rows[`${length} B`] = {
      'in place, µs of the loop': await median(() => loopTimeInPlace(work, count)),
      'on the pool, µs of the loop': await median(() => loopTimeOnPool(work, count)),
      'on the pool, µs until it is there': await median(() => latency(work, count)),
    }
  }
  return rows
}

function loopTimeInPlace({ inPlace }: Work, count: number): number {
  const before = process.threadCpuUsage()
  for (let done = 0; done < count; done++) inPlace()
  return microsecondsSince(before) / count
}

async function loopTimeOnPool({ onPool }: Work, count: number): Promise<number> {
  const before = process.threadCpuUsage()
  let begun = 0
  const work = async () => {
    while (begun++ < count) await onPool()
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return microsecondsSince(before) / count
}

async function latency({ onPool }: Work, count: number): Promise<number> {
  const times: number[] = []
  for (let done = 0; done < count / 4; done++) {
    const begin = performance.now()
    await onPool()
    times.push((performance.now() - begin) * 1000)
  }
  return times.sort((a, b) => a - b)[times.length >> 1] as number
}

function microsecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}

async function median(measure: () => number | Promise<number>): Promise<number> {
  const results: number[] = []
  for (let round = 0; round < ROUNDS; round++) results.push(await measure())
  return Math.round(results.sort((a, b) => a - b)[ROUNDS >> 1] as number)
}
