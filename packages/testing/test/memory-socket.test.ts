import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createMemorySockets, type MemorySocket } from '../src/memory-socket.ts'
import { nextTurn } from '../src/real-time.ts'

const MEBIBYTE = 1_048_576

function writeUntilFull(socket: MemorySocket): number {
  let written = 0
  while (socket.write(Buffer.alloc(MEBIBYTE))) written++
  return written
}

describe('createMemorySockets', () => {
  it('carries bytes both ways', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    client.end('to the server')
    server.end('to the client')

    expect(await Promise.all([text(server), text(client)])).toEqual(['to the server', 'to the client'])
  })

  it('shows each end the address of the other', () => {
    const { client, server } = createMemorySockets('10.1.2.3')

    expect(server).toMatchObject({ remoteAddress: '10.1.2.3', remoteFamily: 'IPv4', localAddress: '127.0.0.1' })
    expect(client.address()).toEqual({ address: '10.1.2.3', family: 'IPv4', port: server.remotePort })
    expect(client).toMatchObject({ remotePort: 80, localPort: server.remotePort, localFamily: 'IPv4' })
    expect(createMemorySockets('::1').server).toMatchObject({ remoteFamily: 'IPv6', localAddress: '::1' })
    server.destroy()
    expect(server).toMatchObject({ remoteAddress: undefined, remotePort: undefined, remoteFamily: undefined })
  })

  it('gives each connection a port of its own', () => {
    const ports = Array.from({ length: 20_000 }, () => createMemorySockets('127.0.0.1').server.remotePort as number)

    expect(new Set(ports.slice(0, 10_000)).size).toBe(10_000)
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(49_152)
    expect(Math.max(...ports)).toBeLessThanOrEqual(65_535)
  })
})

describe('MemorySocket', () => {
  it('copies what is written, and never delivers within the call', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    const received: string[] = []
    server.on('data', (chunk: Buffer) => received.push(chunk.toString()))
    const bytes = Buffer.from('before')
    client.write(bytes)
    bytes.write('after!')

    expect(received).toEqual([])
    await once(server, 'data')
    expect(received).toEqual(['before'])
  })

  it('cuts what is written into chunks as large as those of a real socket', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    const sizes: number[] = []
    server.on('data', (chunk: Buffer) => sizes.push(chunk.length))
    client.end(Buffer.alloc(150_000))
    await once(server, 'end')

    expect(sizes).toEqual([65_536, 65_536, 18_928])
  })

  it('joins small writes of one turn', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    for (const text of ['a', 'b', 'c']) client.write(text)

    expect(await once(server, 'data')).toEqual([Buffer.from('abc')])
  })

  it('stops a writer whose reader does not read, and loses nothing', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    const written = writeUntilFull(client) + 1

    expect(written).toBeLessThan(4)
    expect(client.writableNeedDrain).toBe(true)
    const received = buffer(server)
    await once(client, 'drain')
    client.end()
    expect(await received).toHaveLength(written * MEBIBYTE)
  })

  it('ends each half by itself on the server, and both on the client', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    client.end('question')

    expect(await text(server)).toBe('question')
    expect(server.writable).toBe(true)
    server.end('answer')
    expect(await text(client)).toBe('answer')
    expect(client.destroyed).toBe(true)

    const second = createMemorySockets('127.0.0.1')
    second.server.end()
    second.client.resume()
    second.server.resume()
    await once(second.server, 'close')
  })

  it('delivers what was written before it was destroyed, then the end', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    client.write('last words')
    client.destroy()

    expect(await text(server)).toBe('last words')
  })

  it('fails a write to an end that is gone', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    client.destroy()
    server.write('nobody reads this')

    expect(await once(server, 'error')).toMatchObject([{ code: 'EPIPE' }])
  })

  it('fails a write that still waits for room when the other end is destroyed', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    writeUntilFull(client)
    await nextTurn()
    server.destroy()

    expect(await once(client, 'error')).toMatchObject([{ code: 'EPIPE' }])
  })

  it('reports an idle time, until it is told not to', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    const unheard = () => expect.unreachable()
    client.setTimeout(1, unheard)
    client.setTimeout(0, unheard)
    const idle = once(server, 'timeout')
    server.setTimeout(1)

    await idle
    server.destroy()
  })

  it('destroys itself soon: once what was written has gone', async () => {
    const { client, server } = createMemorySockets('127.0.0.1')
    server.write('answer')
    server.destroySoon()

    expect(await text(client)).toBe('answer')
    expect(server.destroyed).toBe(true)
  })

  it('takes the calls of a network socket that mean nothing here', () => {
    const { client } = createMemorySockets('127.0.0.1')

    expect(client.setNoDelay().setKeepAlive().ref().unref()).toBe(client)
  })
})
