import type { Dialogue } from '../dialogue.ts'
import { type Frame, Opcode } from '../wire/frame.ts'
import type { Chooser } from '../wire/listen.ts'
import type { DeflateParameters } from '../wire/negotiation.ts'
import type { Chop, Received } from '../wire/peer.ts'

/** How a case may come out. */
export interface Outcome {
  /** What must have come when the case ends, apart from what the script took itself. */
  readonly strict: readonly Received[]
  readonly ending: Ending
}

/** One case: what is said, what has to come back, and how it has to end. */
export interface Case extends Outcome {
  /** The public number, such as `5.19`. */
  readonly number: string
  readonly title: string
  readonly script: (dialogue: Dialogue) => Promise<void>
  /** Another outcome that the RFC leaves open. */
  readonly tolerated?: Outcome
  /** The RFC demands nothing: only a hang or an illegal frame is a failure. */
  readonly informational?: true
  readonly deflate?: DeflateWish
  /** Frames in the same segment as the opening handshake. */
  readonly glued?: readonly Frame[]
}

/** Who has to end the connection, and how. */
export interface Ending {
  /** Whose close frame, or end of connection, has to be the first. */
  readonly by: 'us' | 'testee'
  /** The codes that the testee's close frame may carry. */
  readonly codes: readonly number[]
  /** An empty close frame will not do, because it would say that all was well. */
  readonly needsCode?: true
  /** Both close frames and the end of the TCP connection are required. */
  readonly clean: boolean
  /** Another code fails the case itself and not its close alone. */
  readonly strictCode?: true
}

/** What to negotiate of permessage-deflate. */
export interface DeflateWish {
  readonly offers: readonly DeflateParameters[]
  /** What to answer when the testee is the client. */
  readonly choose: Chooser
}

/** A normal close that we begin. */
export const NORMAL: Ending = { by: 'us', codes: [1000], clean: true }

/** A failure by the testee (RFC 6455 section 7.1.7). */
export function failure(...codes: number[]): Ending {
  return { by: 'testee', codes, clean: false, needsCode: true }
}

interface Extras extends Partial<Pick<Case, 'deflate' | 'glued'>> {
  readonly chop?: Chop
}

interface FailedExtras extends Extras {
  /** What had to come back before the failure. */
  readonly strict?: readonly Received[]
  /** Close codes, 1002 by default. */
  readonly codes?: readonly number[]
}

/** A case that is legal: these frames go out, these answers come back, then we close. */
export function answered(
  number: string,
  title: string,
  frames: readonly Frame[],
  strict: readonly Received[],
  { chop, ...extras }: Extras = {},
): Case {
  return { number, title, script: (dialogue) => dialogue.send(frames, chop), strict, ending: NORMAL, ...extras }
}

/** A case that is illegal: these frames go out, and the testee has to fail the connection. */
export function failed(
  number: string,
  title: string,
  frames: readonly Frame[],
  { chop, strict, codes = [1002], ...extras }: FailedExtras = {},
): Case {
  const ending = failure(...codes)
  return {
    number,
    title,
    script: (dialogue) => dialogue.send(frames, chop),
    strict: strict ?? [],
    ending,
    // An answer that was still under way when the connection failed may be lost.
    ...(strict !== undefined && { tolerated: { strict: [], ending } }),
    ...extras,
  }
}

/** What a data frame, or the first frame of a message, comes back as. */
export function echoOf(frame: Frame): Received {
  return { type: frame.opcode === Opcode.TEXT ? 'text' : 'binary', payload: frame.payload }
}

export function textEcho(payload: string | Buffer): Received {
  return { type: 'text', payload: Buffer.from(payload) }
}

export function pongFor(payload: string | Buffer = ''): Received {
  return { type: 'pong', payload: Buffer.from(payload) }
}
