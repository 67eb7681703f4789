import { findTestee } from './index.ts'

/** A request to dial. */
export interface DialRequest {
  readonly url: string
}

/** What a testee's process says once it listens; a testee without a server role has no port. */
export interface Ready {
  readonly port: number | undefined
}

const testee = findTestee(process.argv[2] ?? '')
const server = await testee.serve?.()

// The parent's end of the channel closes with the parent, so no testee outlives its run.
process.on('disconnect', () => process.exit())
process.on('message', ({ url }: DialRequest) => {
  // A dial that fails shows as a connection that did not come, on the side that waits for it.
  testee.dial?.(url).catch(() => {})
})
const ready: Ready = { port: server?.port }
process.send?.(ready)
