import { once } from 'node:events'

/** Opens a WebSocket with the client that Node brings along. */
export async function openWebSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  return socket
}

/** The data of the next message. */
export async function nextMessage(socket: WebSocket): Promise<unknown> {
  const [event] = await once(socket, 'message')
  return event.data
}

/** Waits for the end. */
export async function closeOf(socket: WebSocket): Promise<CloseEvent> {
  const [event] = await once(socket, 'close')
  return event
}
