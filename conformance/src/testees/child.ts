import { loadTestee } from './index.ts'

/** A request to dial. */
export interface DialRequest {
  readonly url: string
}

/** What a testee's process says once it is up. */
export interface Ready {
  /** None for a testee without the role of the server. */
  readonly port: number | undefined
  /** Whether it has the role of the client. */
  readonly canDial: boolean
}

const testee = await loadTestee(process.argv[2] ?? '')
const server = await testee.serve?.()

// The parent's end of the channel closes with the parent, so no testee outlives its run.
process.on('disconnect', () => process.exit())
process.on('message', ({ url }: DialRequest) => {
  // A dial that fails shows as a connection that did not come, on the side that waits for it.
  testee.dial?.(url).catch(() => {})
})
const ready: Ready = { port: server?.port, canDial: testee.dial !== undefined }
process.send?.(ready)
