import { encodeFrame, Opcode } from '@sluice/protocol'
import { expect, it } from 'vitest'
import { formatTranscript, mergeTranscripts } from '../src/index.ts'
import { Transcript } from '../src/transcript.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

it('notes every frame of both sides, with its time', async () => {
  const clock = virtualClock({ now: 5 })
  const app = await createApp({ clock })
  app.api.websocket('/ws', { onMessage: (ws, { data }) => ws.send(data) })
  const ws = await WebSocketTestClient.connect(app, '/ws')
  await ws.sendText('hi "there"\n')
  await ws.settled()
  await clock.advance(1_500)
  await ws.sendFrame(encodeFrame(Opcode.BINARY, Uint8Array.of(0, 255), { mask: false }))
  await ws.untilClosed()
  await ws.close()

  expect(formatTranscript(ws.transcript)).toBe(`what has passed, → to the server:
  0 ms → text "hi \\"there\\"\\n"
  0 ms ← text "hi \\"there\\"\\n"
  1500 ms → raw 82 02 00 ff
  1500 ms ← close 1002 "Client frame is not masked"
  1500 ms → close 1002
  1500 ms ← end`)
})

it('shows the frames to whoever waited in vain', async () => {
  const app = await createApp()
  app.api.websocket('/ws', { onMessage: () => {} })
  await using ws = await WebSocketTestClient.connect(app, '/ws')
  await expect(ws.receive({ timeout: 0 })).rejects.toThrow('no frame has passed')
  await ws.sendText('anybody?')

  await expect(ws.receiveText({ timeout: 0 })).rejects.toThrow(/no message arrived(.|\n)*→ text "anybody\?"/)
  await ws.close()
  await expect(ws.receive()).rejects.toThrow(/closed with 1000\n(.|\n)*← close 1000/)
})

it('cuts what is long, and keeps the last thousand', () => {
  const transcript = new Transcript('/ws', virtualClock())
  for (let count = 0; count < 2_500; count++) transcript.frame('client', Opcode.PING, Uint8Array.of(count))
  transcript.frame('server', Opcode.TEXT, Buffer.alloc(1_000, 'a'))
  transcript.frame('server', Opcode.BINARY, Buffer.alloc(1_000))
  transcript.frame('server', 0x3, Buffer.alloc(1))
  transcript.frame('server', Opcode.CLOSE, Buffer.alloc(1))

  expect(transcript.entries.length).toBeGreaterThanOrEqual(1_000)
  expect(transcript.entries.length).toBeLessThanOrEqual(2_000)
  expect(formatTranscript(transcript.entries, 4).split('\n').slice(1)).toEqual([
    `  0 ms ← text "${'a'.repeat(60)}…" (1000 bytes)`,
    `  0 ms ← binary ${'00 '.repeat(20)}… (1000 bytes)`,
    '  0 ms ← reserved 00',
    '  0 ms ← close 00',
  ])
})

it('merges those of several connections in the order in which things happened', () => {
  const [ada, bob] = [new Transcript('ada', virtualClock()), new Transcript('bob', virtualClock())]
  ada.frame('client', Opcode.TEXT, Buffer.from('1'))
  bob.frame('client', Opcode.TEXT, Buffer.from('2'))
  ada.end()
  const merged = mergeTranscripts([bob.entries, ada.entries])

  expect(formatTranscript(merged)).toBe(`what has passed, → to the server:
  ada: 0 ms → text "1"
  bob: 0 ms → text "2"
  ada: 0 ms ← end`)
})
