import { scenario } from '../scenario.ts'
import { addressOf } from '../trial.ts'

const MAX_LINES = 100

export const originStorm = scenario('OR-13 handshakes of a foreign origin, as fast as they can be made', {
  name: 'origin-storm',
  serve(app) {
    app.api.websocket('/ws', {
      allowedOrigins: ['https://app.example.com'],
      onMessage: (ws, { data }) => ws.send(data),
    })
    return { denials: () => app.api.stats().denied }
  },
  async run(trial) {
    const { server } = trial
    const handshakes = trial.size(50_000, 2_000)
    const before = await server.read()
    let others = 0
    await trial.times(handshakes, async (index) => {
      const headers = { Origin: `https://evil-${index}.example` }
      const status = await trial.open({ path: '/ws', headers, from: addressOf(index) }).then(
        () => 101,
        (denial) => denial.status,
      )
      if (status !== 403) others++
    })
    const after = await server.read()
    trial.equal('answers other than 403', others, 0)
    trial.equal('denied handshakes', await server.call('denials'), handshakes)
    trial.atMost(`lines of the log for ${handshakes}`, after.logLines - before.logLines, MAX_LINES)
  },
})
