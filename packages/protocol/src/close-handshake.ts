/** How far the closing handshake has come (RFC 6455 section 7.1): who has sent a close frame, and how it ended. */
export type CloseState =
  /** Neither side has sent a close frame. */
  | 'open'
  /** We have; the peer's is awaited, and what it sends before that is ignored. */
  | 'sent'
  /** The peer has; ours is due. */
  | 'received'
  /** Both have; the server ends the transport first. */
  | 'exchanged'
  /** The transport ended after both close frames. */
  | 'clean'
  /** The transport ended without them. */
  | 'unclean'

export type CloseStep = 'send-close' | 'receive-close' | 'end-transport'

const NEXT: Readonly<Record<CloseState, Partial<Record<CloseStep, CloseState>>>> = {
  open: { 'send-close': 'sent', 'receive-close': 'received', 'end-transport': 'unclean' },
  sent: { 'receive-close': 'exchanged', 'end-transport': 'unclean' },
  received: { 'send-close': 'exchanged', 'end-transport': 'unclean' },
  exchanged: { 'end-transport': 'clean' },
  clean: {},
  unclean: {},
}

/** The state after a step, or `undefined` where the step is not possible: a close frame is sent once, and so on. */
export function nextCloseState(from: CloseState, step: CloseStep): CloseState | undefined {
  return NEXT[from][step]
}
