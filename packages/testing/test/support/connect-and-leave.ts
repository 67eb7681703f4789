/** Opens and disposes of connections in both transports. The process must end by itself. */
import { createApi } from '@sluice/core'
import { WebSocketTestClient } from '@sluice/testing'

const api = createApi().websocket('/ws', async (ws) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(text)
})

for (const transport of ['memory', 'socket'] as const) {
  await using ws = await WebSocketTestClient.connect(api, '/ws', { transport })
  await ws.sendText(transport)
  console.log(await ws.receiveText())
  await WebSocketTestClient.connect(api, '/nowhere', { transport }).catch(({ status }) => console.log(status))
}
