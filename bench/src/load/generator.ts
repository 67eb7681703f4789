import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { openClient } from './client.ts'
import { FrameCounter } from './frames.ts'
import { decodePlan, type LoadEvent } from './plan.ts'

/** The load generator on Node: it runs everywhere, where `generator.c` needs a compiler. Its contract is `plan.ts`. */

/** As many as a server's accept queue holds with ease. */
const OPENING_AT_ONCE = 64
/** Milliseconds between the last handshake and the first message: a member may join its room after the 101. */
const SETTLING_TIME = 100

interface Member {
  readonly socket: Socket
  readonly counter: FrameCounter
  /** Data frames that arrived and do not make a whole message yet. */
  frames: number
  /** Messages that arrived. */
  received: number
}

const plan = decodePlan(process.argv.slice(2), await buffer(process.stdin))
/** `batches[n]` is n messages in one piece. */
const batches = createBatches()
let count = 0

const RUNS = { echo: runEcho, 'fan-out': runFanOut, handshake: runHandshakes, hold: runHold }
RUNS[plan.kind]()

function runEcho(): void {
  openMembers(
    (member, messages) => sendMessages(member, messages),
    (members) => {
      for (const member of members) sendMessages(member, plan.inFlight)
      measure()
    },
  )
}

function runFanOut(): void {
  /** How many members have each publication that is under way. */
  const reached = new Uint32Array(plan.inFlight + 1)
  let publisher: Member | undefined
  openMembers(
    (member, messages) => {
      let completed = 0
      for (let publication = member.received - messages; publication < member.received; publication += 1) {
        const slot = publication % reached.length
        const members = (reached[slot] ?? 0) + 1
        reached[slot] = members % plan.sockets
        if (members === plan.sockets) completed += 1
      }
      if (completed > 0 && publisher !== undefined) sendMessages(publisher, completed)
    },
    (members) => {
      publisher = members[0]
      if (publisher !== undefined) sendMessages(publisher, plan.inFlight)
      measure()
    },
  )
}

function runHandshakes(): void {
  const target = { ...plan }
  for (let index = 0; index < plan.sockets; index += 1) handshake()
  measure()

  function handshake(): void {
    openClient(target, {
      clientOnOpen: (socket) => {
        count += 1
        // A reset instead of a close keeps the client's ports free.
        socket.resetAndDestroy()
        handshake()
      },
      clientOnBytes: () => {},
      clientOnFailure: fail,
    })
  }
}

function runHold(): void {
  openMembers(
    () => {},
    () => {
      report({ event: 'ready' })
      setTimeout(() => process.exit(), plan.duration)
    },
  )
}

/** Opens every connection, a few at a time, and tells when all of them are open and settled. */
function openMembers(
  onMessages: (member: Member, messages: number) => void,
  onSettled: (members: readonly Member[]) => void,
): void {
  const members: Member[] = []
  let begun = 0
  while (begun < Math.min(OPENING_AT_ONCE, plan.sockets)) openMember()

  function openMember(): void {
    begun += 1
    let member: Member | undefined
    openClient(plan, {
      clientOnOpen: (socket) => {
        member = { socket, counter: new FrameCounter(), frames: 0, received: 0 }
        members.push(member)
        if (begun < plan.sockets) openMember()
        else if (members.length === plan.sockets) setTimeout(onSettled, SETTLING_TIME, members)
      },
      clientOnBytes: (_socket, bytes) => {
        if (member === undefined) return
        const frames = member.frames + member.counter.count(bytes)
        const messages = Math.floor(frames / plan.framesPerMessage)
        member.frames = frames % plan.framesPerMessage
        if (messages === 0) return
        count += messages
        member.received += messages
        onMessages(member, messages)
      },
      clientOnFailure: fail,
    })
  }
}

function createBatches(): Buffer[] {
  const all = Buffer.alloc(plan.message.length * plan.inFlight)
  for (let offset = 0; offset < all.length; offset += plan.message.length) all.set(plan.message, offset)
  return Array.from({ length: plan.inFlight + 1 }, (_, messages) => all.subarray(0, messages * plan.message.length))
}

function sendMessages(member: Member, messages: number): void {
  const batch = batches[messages]
  if (batch === undefined) fail(new Error(`${messages} messages came back where ${plan.inFlight} were sent`))
  member.socket.write(batch)
}

function measure(): void {
  setTimeout(() => {
    const countAtStart = count
    const startedAt = performance.now()
    const cpuAtStart = process.cpuUsage()
    report({ event: 'started' })
    setTimeout(() => {
      const cpu = process.cpuUsage(cpuAtStart)
      const elapsed = performance.now() - startedAt
      report({ event: 'finished', count: count - countAtStart, elapsed, cpu: (cpu.user + cpu.system) / 1000 })
      process.exit()
    }, plan.duration)
  }, plan.warmup)
}

function report(event: LoadEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
