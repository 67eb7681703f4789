import { type Case, NORMAL } from './cases/case.ts'
import { Dialogue } from './dialogue.ts'
import { close } from './wire/frame.ts'
import type { Peer, Received } from './wire/peer.ts'

/** What was seen while a case was played. */
export interface Observation {
  /** Why the script could not go on. */
  readonly broken: string | undefined
  /** The first illegal thing the testee sent. */
  readonly violation: string | undefined
  readonly received: readonly Received[]
  readonly closedFirst: 'us' | 'testee' | undefined
  readonly closeReceived: Peer['closeReceived']
  /** Both close frames were sent. */
  readonly handshakeComplete: boolean
  /** The testee ended the TCP connection, or we did as a server has to. */
  readonly ended: boolean
  /** The testee declined permessage-deflate. */
  readonly declined: boolean
}

/** Plays a case over an open connection to its end, and cuts the connection then. */
export async function play(testCase: Case, peer: Peer, patience: number): Promise<Observation> {
  const declined = testCase.deflate !== undefined && peer.deflate === undefined
  const played = declined ? withoutScript(testCase) : testCase
  const broken = await runScript(played, peer, patience)
  if (broken === undefined) await finish(played, peer, patience)
  const observation = observe(peer, broken, declined)
  peer.destroy()
  return observation
}

/** What is left of a case about compression with a testee that does not compress. */
export function withoutScript(testCase: Case): Case {
  return { ...testCase, script: async () => {}, strict: [], ending: NORMAL }
}

async function runScript(testCase: Case, peer: Peer, patience: number): Promise<string | undefined> {
  try {
    await testCase.script(new Dialogue(peer, patience))
    return undefined
  } catch (error) {
    return peer.violation ?? (error instanceof Error ? error.message : String(error))
  }
}

async function finish(testCase: Case, peer: Peer, patience: number): Promise<void> {
  const isOver = () => peer.ended || peer.violation !== undefined
  if (testCase.ending.by === 'us' && peer.isOpen && peer.closedFirst === undefined) {
    await peer.until(() => peer.received.length >= testCase.strict.length || !peer.isOpen || isOver(), patience)
    if (peer.isOpen && peer.violation === undefined) await peer.send([close(1000)])
  }
  await peer.until(() => peer.closeReceived !== undefined || isOver(), patience)
  if (peer.closeReceived !== undefined && !peer.closeSent) await peer.send([close(peer.closeReceived.code)])
  // The server ends the TCP connection (RFC 6455 section 7.1.1).
  if (peer.role === 'server' && peer.closeReceived !== undefined) peer.end()
  await peer.until(isOver, patience)
}

function observe(peer: Peer, broken: string | undefined, declined: boolean): Observation {
  return {
    broken,
    violation: peer.violation,
    received: [...peer.received],
    closedFirst: peer.closedFirst,
    closeReceived: peer.closeReceived,
    handshakeComplete: peer.closeReceived !== undefined && peer.closeSent,
    ended: peer.ended,
    declined,
  }
}
