import { createApi } from '@sluice/core'

/** Accepting, receiving and sending. The loop ends when the client leaves. */
export const echo = createApi().websocket('/ws', async (ws) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(`You sent: ${text}`)
})
