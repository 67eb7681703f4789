import { encodeFrame, Opcode } from '@sluice/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FrameSplitter } from '../src/frame-splitter.ts'
import { WebSocketTestClient } from '../src/websocket-test-client.ts'
import { createApp } from './support/app.ts'

it('finds the frames in a stream, however it is cut', () => {
  const frame = fc.record({
    opcode: fc.constantFrom(Opcode.TEXT, Opcode.BINARY, Opcode.PING),
    fin: fc.boolean(),
    payload: fc.oneof(fc.uint8Array({ maxLength: 130 }), fc.constant(new Uint8Array(70_000))),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 2_000 })), (frames, cuts) => {
      const splitter = new FrameSplitter()
      let rest = Buffer.concat(frames.map(({ opcode, payload, fin }) => encodeFrame(opcode, payload, { fin })))
      const found = cuts.flatMap((length) => {
        const chunk = rest.subarray(0, length)
        rest = rest.subarray(length)
        return splitter.push(chunk)
      })
      found.push(...splitter.push(rest))

      expect(found.map(({ opcode, fin, payload }) => ({ opcode, fin, payload: payload.toString('hex') }))).toEqual(
        frames.map(({ opcode, fin, payload }) => ({ opcode, fin, payload: Buffer.from(payload).toString('hex') })),
      )
    }),
  )
})

it('gives every frame of the server to the test', async () => {
  const app = await createApp()
  app.api.websocket('/ws', async (ws) => {
    await ws.accept()
    await ws.sendText('hello')
    void ws.ping('beat')
    await ws.close(4000, 'bye')
  })
  const ws = await WebSocketTestClient.connect(app, '/ws')
  const whole = { fin: true, rsv1: false, rsv2: false, rsv3: false, masked: false }

  const frames = [await ws.receiveFrame(), await ws.receiveFrame(), await ws.receiveFrame()]
  expect(frames).toContainEqual({ ...whole, opcode: Opcode.TEXT, payload: Buffer.from('hello') })
  expect(frames).toContainEqual({ ...whole, opcode: Opcode.PING, payload: Buffer.from('beat') })
  expect(frames[2]).toEqual({ ...whole, opcode: Opcode.CLOSE, payload: Buffer.from('\x0f\xa0bye', 'latin1') })
  expect(await ws.receiveText()).toBe('hello')
  await expect(ws.receiveFrame()).rejects.toMatchObject({ code: 4000 })
})
