import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { openClient, type Target } from './load/client.ts'
import { type Dialect, encodeRequest, type Payload, PLAIN, type ServerFrame } from './load/dialects.ts'
import { readServerFrames } from './load/frames.ts'
import { chooseOpening } from './opening.ts'
import type { Peer } from './peers.ts'
import type { ServerProcess } from './server-process.ts'
import type { Workload } from './workloads.ts'

const CLIENTS = 4
const LEAST_MESSAGES = 8
const TIMEOUT = 10_000
/** Milliseconds after the last handshake: a member may join its room after the 101. */
const SETTLING_TIME = 100

/**
 * Checks a server before it is measured: numbered messages, as many at once as in the workload, must come back whole
 * and in order, each on its own connection for an echo, and on every connection for a fan-out.
 */
export async function verify(peer: Peer, server: ServerProcess, workload: Workload): Promise<void> {
  const { dialect } = peer
  const opening = chooseOpening(peer, server, workload)
  if (opening.purpose === 'checked') await verifyDenial({ ...opening, request: encodeRequest('/checked') })
  const payloads = Array.from({ length: Math.max(workload.inFlight, LEAST_MESSAGES) }, (_, index) =>
    numberPayload(workload.payload, index),
  )

  const expectations = Array.from({ length: CLIENTS }, () => expectMessages(opening, dialect, payloads))
  const timeout = AbortSignal.timeout(TIMEOUT)
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () => reject(new Error(`not every message came back in ${TIMEOUT} ms`)))
  })
  try {
    await Promise.race([Promise.all(expectations.map(({ opened }) => opened)), late])
    await delay(SETTLING_TIME)
    const messages = Buffer.concat(payloads.map((payload) => dialect.encodeMessage(opening.purpose, payload)))
    const senders = workload.kind === 'fan-out' ? expectations.slice(0, 1) : expectations
    for (const { socket } of senders) socket.write(messages)
    await Promise.race([Promise.all(expectations.map(({ received }) => received)), late])
  } catch (error) {
    throw new Error(`${peer.name} does not do '${workload.name}': ${error instanceof Error ? error.message : error}`)
  } finally {
    for (const { socket } of expectations) socket.destroy()
  }
}

/** A route that lets everyone in would win for the wrong reason. */
async function verifyDenial(target: Target): Promise<void> {
  const { socket, opened } = expectMessages(target, PLAIN, [])
  try {
    const isOpen = await opened.then(
      () => true,
      () => false,
    )
    if (isOpen) throw new Error('the checked route accepts a handshake without credentials')
  } finally {
    socket.destroy()
  }
}

interface Expectation {
  readonly socket: Socket
  readonly opened: Promise<void>
  /** Resolves when every message came; rejects at the first that is not the one expected. */
  readonly received: Promise<void>
}

/** Opens a connection that expects these messages in this order. */
function expectMessages(target: Target, dialect: Dialect, expected: readonly Payload[]): Expectation {
  const opened = Promise.withResolvers<void>()
  const received = Promise.withResolvers<void>()
  // Whoever waits for the one may never come to wait for the other.
  opened.promise.catch(() => {})
  received.promise.catch(() => {})
  let unread = Buffer.alloc(0)
  let count = 0
  const frames: ServerFrame[] = []

  const socket = openClient(target, {
    clientOnOpen: () => opened.resolve(),
    clientOnBytes: (_socket, bytes) => {
      unread = Buffer.concat([unread, bytes])
      const read = readServerFrames(unread)
      unread = unread.subarray(read.consumed)
      frames.push(...read.frames)
      for (;;) {
        const next = expected[count]
        if (next === undefined) return received.resolve()
        const size = dialect.framesPerMessage(next)
        if (frames.length < size) return
        if (!isSame(dialect.decodeMessage(frames.splice(0, size)), next)) {
          return received.reject(new Error(`message ${count} is not the one that was sent`))
        }
        count += 1
      }
    },
    clientOnFailure: (error) => {
      opened.reject(error)
      received.reject(error)
    },
  })
  return { socket, opened: opened.promise, received: received.promise }
}

/** A payload of the same kind and size that carries its number. */
function numberPayload(payload: Payload, index: number): Payload {
  const text = String(index).padStart(8, '0')
  if (typeof payload === 'string') return text + payload.slice(text.length)
  const numbered = Buffer.from(payload)
  numbered.write(text, 'latin1')
  numbered.write(text, numbered.length - text.length, 'latin1')
  return numbered
}

function isSame(actual: Payload, expected: Payload): boolean {
  return typeof actual === 'string' || typeof expected === 'string' ? actual === expected : actual.equals(expected)
}
