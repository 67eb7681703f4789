/** Messages, and the bytes of their payloads: of text, of its UTF-8. */
export interface MessageCount {
  messages: number
  bytes: number
}

/** What the connections of one route have said and heard. Plain numbers that are only ever raised: counting must cost nothing. */
export class Traffic {
  readonly received = { text: none(), binary: none() }
  readonly sent = { text: none(), binary: none() }
  /** Received, and kept from the handler, because the peer sent more than its message rate allows. */
  readonly rateLimited = none()
  /** Not sent, because too much was queued. */
  readonly dropped = none()
  /** Not sent, because a later message with the same key took their place. */
  readonly conflated = none()
  /** Connections that were closed because their peers did not read. */
  slowConsumers = 0
}

export function count(counted: MessageCount, bytes: number): void {
  counted.messages++
  counted.bytes += bytes
}

function none(): MessageCount {
  return { messages: 0, bytes: 0 }
}
