import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { encodeFrame, type Frame } from './frame.ts'
import { answerObjection, formatHead, type Head, parseHead } from './handshake.ts'
import { type Agreement, agree, type DeflateParameters, formatExtension, parseExtensions } from './negotiation.ts'
import { Peer } from './peer.ts'

export interface DialOptions {
  readonly port: number
  readonly path: string
  /** What to offer of permessage-deflate; none by default. */
  readonly offers?: readonly DeflateParameters[]
  /** Frames written in the same segment as the upgrade request. */
  readonly glued?: readonly Frame[]
  /** How long the testee may take to answer. */
  readonly timeout: number
}

/**
 * Opens a connection to a server testee.
 * @throws Error when the testee does not answer, or not as RFC 6455 section 4.2.2 and RFC 7692 section 7.1 want it
 */
export async function dial(options: DialOptions): Promise<Peer> {
  const offers = options.offers ?? []
  const key = randomBytes(16).toString('base64')
  const request = formatHead(`GET ${options.path} HTTP/1.1`, {
    Host: `127.0.0.1:${options.port}`,
    Upgrade: 'WebSocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Extensions': offers.length > 0 ? offers.map(formatExtension).join(', ') : undefined,
  })
  const glued = (options.glued ?? []).map((frame) => encodeFrame(frame, 'client'))
  const socket = connect({ port: options.port, host: '127.0.0.1' })
  try {
    const head = await exchange(socket, Buffer.concat([request, ...glued]), options.timeout)
    const wrong = answerObjection(head, key)
    if (wrong !== undefined) throw new Error(wrong)
    const agreement = agreementOf(head, offers)
    const peer = new Peer(socket, { role: 'client', ...(agreement !== undefined && { agreement }) })
    peer.unshift(head.rest)
    return peer
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Writes a request and reads the head of what is answered. */
export function exchange(socket: Socket, request: Buffer, timeout: number): Promise<Head> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0)
    const timer = setTimeout(() => settle(undefined, `no answer to the upgrade request after ${timeout} ms`), timeout)
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const head = parseHead(bytes)
      if (head !== undefined) settle(head)
    }
    const onEnd = () => settle(undefined, 'the testee ended the connection before it answered the upgrade request')
    const onError = (error: Error) => settle(undefined, error.message)
    const settle = (head: Head | undefined, failure = '') => {
      clearTimeout(timer)
      socket.off('data', onData).off('end', onEnd).off('error', onError)
      if (head === undefined) reject(new Error(failure))
      else resolve(head)
    }
    socket.on('data', onData).on('end', onEnd).on('error', onError)
    socket.write(request)
  })
}

function agreementOf(head: Head, offers: readonly DeflateParameters[]): Agreement | undefined {
  const [answer, ...more] = parseExtensions(head)
  if (answer === undefined) return undefined
  if (offers.length === 0) throw new Error('an extension was answered although none was offered')
  if (more.length > 0) throw new Error('more than one extension was answered')
  return agree(offers, answer)
}
