import { describe, expect, it } from 'vitest'
import { inBothTransports, rejectionOf, type TestHandler } from './support.ts'

const echo: TestHandler = async (ws) => {
  await ws.accept()
  for await (const text of ws.iterText()) await ws.sendText(`Echo: ${text}`)
}

const echoJson: TestHandler = async (ws) => {
  await ws.accept()
  for await (const value of ws.iterJson()) await ws.sendJson({ received: value })
}

inBothTransports(({ serve }) => {
  describe('Echo', () => {
    it('Echo: text', async () => {
      await using ws = await serve(echo)
      await ws.sendText('hello')

      expect(await ws.receiveText()).toBe('Echo: hello')
    })

    it('Echo: several in order', async () => {
      await using ws = await serve(echo)
      for (const text of ['one', 'two', 'three']) await ws.sendText(text)

      for (const text of ['one', 'two', 'three']) expect(await ws.receiveText()).toBe(`Echo: ${text}`)
    })

    it('Echo: empty string gives "Echo: "', async () => {
      await using ws = await serve(echo)
      await ws.sendText('')

      expect(await ws.receiveText()).toBe('Echo: ')
    })

    it.each(['Grüße, 世界, Привет', '👋🏽 🧑‍🚀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢', '\u0000\u007f\u0080\uffff'])(
      'Echo: unicode and emoji %j',
      async (text) => {
        await using ws = await serve(echo)
        await ws.sendText(text)

        expect(await ws.receiveText()).toBe(`Echo: ${text}`)
      },
    )
  })

  describe('JSON', () => {
    it.each([
      ['object', { name: 'Ada', age: 36 }],
      ['list', [1, 'two', null, true]],
      ['nested', { user: { tags: ['a', { deep: [[]] }] }, count: 1.5 }],
    ])('JSON: %s', async (_kind, value) => {
      await using ws = await serve(echoJson)
      await ws.sendJson(value)

      expect(await ws.receiveJson()).toEqual({ received: value })
    })
  })

  describe('Binary', () => {
    it('Binary: 5 bytes', async () => {
      await using ws = await serve(async (ws) => {
        await ws.accept()
        await ws.sendBytes((await ws.receiveBytes()).toReversed())
      })
      await ws.sendBytes(new Uint8Array([0, 1, 2, 254, 255]))

      expect(await ws.receiveBytes()).toEqual(Buffer.from([255, 254, 2, 1, 0]))
    })

    it('Binary: 25.6 kB with length prefix', async () => {
      await using ws = await serve(async (ws) => {
        await ws.accept()
        const bytes = await ws.receiveBytes()
        const prefix = Buffer.alloc(4)
        prefix.writeUInt32BE(bytes.length)
        await ws.sendBytes(Buffer.concat([prefix, bytes]))
      })
      const bytes = Buffer.from(Array.from({ length: 25_600 }, (_, index) => index % 256))
      await ws.sendBytes(bytes)
      const answer = await ws.receiveBytes()

      expect(answer.readUInt32BE()).toBe(25_600)
      expect(answer.subarray(4).equals(bytes)).toBe(true)
    })
  })

  it('Timeout: silent server, 0.1 s receive times out', async () => {
    await using ws = await serve(async (ws) => {
      await ws.accept()
      await ws.closed
    })

    expect(await rejectionOf(ws.receiveText({ timeout: 100 }))).toMatchObject({ name: 'TimeoutError' })
    expect(ws.closed).toBe(false)
  })

  it('Iterator: three messages then close', async () => {
    await using ws = await serve(async (ws) => {
      await ws.accept()
      for (let count = 1; count <= 3; count++) await ws.sendText(`message ${count}`)
      await ws.close()
    })
    const received: string[] = []
    for await (const text of ws.iterText()) received.push(text)

    expect(received).toEqual(['message 1', 'message 2', 'message 3'])
    expect(ws.closeCode).toBe(1000)
  })
})
