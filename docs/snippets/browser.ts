// What a page does. It has no framework: these are the browser's own WebSocket and fetch.

export async function withTicket(token: string): Promise<WebSocket> {
  // #region ticket
  const response = await fetch('/tickets', { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  const { ticket } = (await response.json()) as { ticket: string }
  const socket = new WebSocket(`wss://example.com/ws/feed?ticket=${ticket}`)
  // #endregion ticket
  return socket
}

export function withSubprotocol(token: string): WebSocket {
  // #region subprotocol
  const socket = new WebSocket('wss://example.com/ws/feed', ['chat.v1', 'bearer', token])
  // #endregion subprotocol
  return socket
}

export function withFirstMessage(token: string): WebSocket {
  // #region first-message
  const socket = new WebSocket('wss://example.com/ws/feed')
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'auth', token })))
  // #endregion first-message
  return socket
}

export function withCookie(): WebSocket {
  // #region cookie
  const socket = new WebSocket('wss://example.com/ws/feed')
  // #endregion cookie
  return socket
}

export function refreshing(socket: WebSocket, renew: () => Promise<string>): void {
  // #region refresh
  socket.addEventListener('close', ({ code }) => {
    if (code === 4440) console.log('the token has expired: get a new one and connect again')
  })
  setInterval(async () => socket.send(JSON.stringify({ type: 'auth', token: await renew() })), 10 * 60_000)
  // #endregion refresh
}
