import { expect } from 'vitest'
import type { RouteOptions, SluiceOptions } from '../../../src/index.ts'
import type { RawWebSocket } from '../../support/raw-websocket.ts'
import { type AppSite, serve } from '../../support/site.ts'

/** A site that echoes, and a connection that was opened before whatever a test does to it. */
export interface EchoSite extends AppSite {
  /** The messages that handlers were given. */
  readonly delivered: (string | Buffer)[]
  /** A connection to be attacked. */
  attack(): Promise<RawWebSocket>
  /** The other connection is as well as ever. */
  expectUnharmed(): Promise<void>
}

/** Serves `/ws` for attacks and `/control` for everybody else, on one engine. */
export async function serveEcho(options: SluiceOptions, route: RouteOptions = {}): Promise<EchoSite> {
  const delivered: (string | Buffer)[] = []
  const site = await serve(options, (app) => {
    app.api.websocket('/ws', {
      ...route,
      onMessage(ws, { data }) {
        delivered.push(data)
        return ws.send(data)
      },
    })
    app.api.websocket('/control', { onMessage: (ws, { data }) => ws.send(data) })
  })
  const control = await site.open('/control')
  let echoes = 0
  return Object.assign(site, {
    delivered,
    attack: () => site.open('/ws'),
    async expectUnharmed() {
      control.sendText(`echo ${++echoes}`)
      expect(await control.nextText()).toBe(`echo ${echoes}`)
      expect(site.app.api.stats().handlerErrors).toBe(0)
    },
  })
}
