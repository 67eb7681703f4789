import { SluiceError } from '../errors.ts'

/** Where a connection stands. The words are those of RFC 6455 and of the browser's `WebSocket`. */
export type ConnectionState = 'connecting' | 'open' | 'closing' | 'closed'

export type ConnectionEvent = 'accepted' | 'denied' | 'closeStarted' | 'ended'

const NEXT: Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>> = {
  connecting: { accepted: 'open', denied: 'closed', ended: 'closed' },
  open: { closeStarted: 'closing', ended: 'closed' },
  closing: { closeStarted: 'closing', ended: 'closed' },
  closed: {},
}

/** The only way from one state to the next. @throws SluiceError `ERR_INVALID_STATE` for a move that is not in the table */
export function transition(from: ConnectionState, event: ConnectionEvent): ConnectionState {
  const to = NEXT[from][event]
  if (to === undefined) throw new SluiceError('ERR_INVALID_STATE', `'${event}' is not possible while ${from}`)
  return to
}
