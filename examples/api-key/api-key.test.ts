import { WebSocketTestClient } from '@sluice/testing'
import { expect, it } from 'vitest'
import { startExample } from '../support/start-example.ts'
import { build } from './api-key.ts'

const KEYS = {
  boiler: { key: 'the-key-of-the-boiler', permissions: ['temperatures.write'] },
  dashboard: { key: 'the-key-of-the-dashboard', permissions: ['temperatures.read'] },
}
const BOILER = { headers: { 'x-api-key': KEYS.boiler.key } }
const DASHBOARD = { headers: { 'x-api-key': KEYS.dashboard.key } }

it('hands on what a machine reports, by the name of its key', async () => {
  await using app = await build(KEYS)
  await using watch = await WebSocketTestClient.connect(app, '/ws/watch', DASHBOARD)
  await using report = await WebSocketTestClient.connect(app, '/ws/report', BOILER)
  await report.sendJson(64.5)
  expect(await watch.receiveJson()).toEqual({ from: 'boiler', celsius: 64.5 })
})

it('lets each key do its own', async () => {
  await using app = await build(KEYS)
  for (const [path, options] of [
    ['/ws/report', DASHBOARD],
    ['/ws/watch', BOILER],
  ] as const) {
    const client = new WebSocketTestClient(app, path, options)
    await expect(client.connect()).rejects.toMatchObject({ status: 403, detail: 'Permission denied' })
  }
})

it.each([[{}], [{ 'x-api-key': 'the-key-of-nobody' }], [{ 'x-api-key': '' }]])(
  'denies %j with 401',
  async (headers) => {
    await using app = await build(KEYS)
    const client = new WebSocketTestClient(app, '/ws/watch', { headers })
    await expect(client.connect()).rejects.toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'ApiKey' },
      detail: 'Authentication required',
    })
  },
)

it('prints an address and a key for it', { timeout: 20_000 }, async () => {
  await using example = await startExample('api-key')
  const key = /x-api-key: (\S+)/.exec(example.output.join('\n'))?.[1] ?? ''
  expect(key).toHaveLength(32)
  const response = await fetch(example.address.replace('ws', 'http'))
  expect(response.status).toBe(426)
  expect(await example.stop('SIGINT')).toBe(0)
})
