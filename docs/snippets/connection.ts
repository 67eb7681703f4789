import sluice, { HttpDenial, WebSocketClose, WebSocketDisconnect } from '@sluice/core'
import Fastify, { type FastifyInstance } from 'fastify'

const rooms = new Map<string, readonly string[]>()

export async function opening(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region accept
  app.api.websocket('/ws/rooms/{room}', { subprotocols: ['chat.v2', 'chat.v1'] }, async (ws, { room }) => {
    const history = rooms.get(room)
    if (history === undefined) throw new HttpDenial(404, 'No such room')

    await ws.accept({ headers: { 'set-cookie': `last-room=${encodeURIComponent(room)}` } })
    await ws.sendJson({ history, version: ws.subprotocol })
  })
  // #endregion accept

  // #region deny
  app.api.websocket('/ws/reports/{id:uuid}', async (ws, { id }) => {
    await ws.deny({ status: 410, headers: { 'cache-control': 'no-store' }, body: { detail: `Report ${id} is gone` } })
  })
  // #endregion deny

  return app
}

export async function reading(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region receive
  app.api.websocket('/ws/login', async (ws) => {
    await ws.accept()
    const name = await ws.receiveText({ timeout: 5_000 })
    const picture = await ws.receiveBytes()
    await ws.sendJson({ name, size: picture.length })
  })
  // #endregion receive

  // #region iterate
  app.api.websocket('/ws/echo', async (ws) => {
    await ws.accept()
    for await (const message of ws) {
      if (message.type === 'text') await ws.sendText(message.data)
      else await ws.sendBytes(message.data)
    }
  })
  // #endregion iterate

  return app
}

export async function writing(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region send-only
  app.api.websocket('/ws/ticks', async (ws) => {
    await ws.accept()
    const timer = setInterval(() => ws.trySend(String(Date.now())), 1_000)
    await ws.closed
    clearInterval(timer)
  })
  // #endregion send-only

  // #region try-send
  app.api.websocket('/ws/prices', async (ws) => {
    await ws.accept()
    let missed = 0
    const timer = setInterval(() => {
      if (ws.trySend(JSON.stringify({ EUR: 1.08, missed })) === 'dropped') missed++
      else missed = 0
    }, 100)
    await ws.closed
    clearInterval(timer)
  })
  // #endregion try-send

  // #region drop
  app.api.websocket(
    '/ws/positions',
    { limits: { backpressure: { highWaterMark: 65_536, policy: 'dropNewest' } } },
    async (ws) => {
      await ws.accept()
      for await (const position of ws.iterJson()) await ws.sendJson(position)
    },
  )
  // #endregion drop

  // #region ping
  app.api.websocket('/ws/latency', async (ws) => {
    await ws.accept()
    for await (const _ of ws.iterText()) await ws.sendJson({ milliseconds: await ws.ping() })
  })
  // #endregion ping

  return app
}

export async function ending(): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sluice)

  // #region disconnect
  app.api.websocket('/ws/uploads', async (ws) => {
    await ws.accept()
    const parts: Buffer[] = []
    try {
      for (;;) parts.push(await ws.receiveBytes())
    } catch (error) {
      if (!(error instanceof WebSocketDisconnect)) throw error
      ws.log.info({ code: error.code, parts: parts.length }, 'upload ended')
    }
  })
  // #endregion disconnect

  // #region throw-close
  app.api.websocket('/ws/quiz', async (ws) => {
    await ws.accept()
    for await (const answer of ws.iterText()) {
      if (answer !== '42') throw new WebSocketClose(4000, 'Wrong answer')
      await ws.sendText('right')
    }
  })
  // #endregion throw-close

  // #region signal
  app.api.websocket('/ws/proxy', async (ws) => {
    await ws.accept()
    const response = await fetch('https://api.example.com/slow', { signal: ws.signal })
    await ws.sendText(await response.text())
  })
  // #endregion signal

  // #region closed
  app.api.websocket('/ws/audited', async (ws) => {
    void ws.closed.then(({ code, wasClean, initiator }) => {
      ws.log.info({ code, wasClean, initiator, user: ws.locals.user }, 'connection ended')
    })
    await ws.accept()
    ws.locals.user = await ws.receiveText()
    for await (const text of ws.iterText()) await ws.sendText(text)
  })
  // #endregion closed

  return app
}

// #region drain
export async function stop(app: FastifyInstance): Promise<void> {
  await app.api.drain({ timeout: 10_000, code: 1012 })
  await app.close()
}
// #endregion drain
