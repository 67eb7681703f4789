import { scenario } from '../scenario.ts'

const MARK = 1_048_576
const TIMEOUT = 1_000
const MESSAGE = 'm'.repeat(65_536)
const FRAME = MESSAGE.length + 10

export const trickleReader = scenario('BP-09 BP-03 peers that read a byte now and then', {
  name: 'trickle-reader',
  serve(app) {
    const told: string[] = []
    let highest = 0
    app.api.websocket(
      '/ws',
      { limits: { closeTimeout: 500, heartbeat: false, backpressure: { highWaterMark: MARK, timeout: TIMEOUT } } },
      async (ws) => {
        await ws.accept()
        try {
          for (;;) {
            const sent = ws.send(MESSAGE)
            highest = Math.max(highest, ws.bufferedAmount)
            await sent
          }
        } catch (error) {
          told.push((error as Error).name)
        }
      },
    )
    return { told: () => told, highest: () => highest, slow: () => app.api.stats().slowConsumers }
  },
  async run(trial) {
    const { server } = trial
    const count = trial.size(200, 20)
    const before = await server.read()
    await trial.times(count, async () => (await trial.open({ path: '/ws' })).trickle())
    while ((await server.call<string[]>('told')).length < count);
    const after = await server.read()
    trial.equal('handlers told', [...new Set(await server.call<string[]>('told'))], ['WebSocketDisconnect'])
    trial.equal('slow consumers', await server.call('slow'), count)
    trial.atMost('held for one', await server.call('highest'), MARK + FRAME, ' B')
    trial.figure(`RSS grows by ${Math.round((after.peakRss - before.rss) / 1e6)} MB for ${count}`)
  },
})
