import { type Failure, Inflater, isReceivableCloseCode, Receiver, type ReceiverSink } from '@sluice/protocol'

const inflater = new Inflater({ windowBits: 15, contextTakeover: false })

/** Reads what a server sends on one connection, and finds fault with it. */
export class ServerReader implements ReceiverSink {
  /** The code of its close frame. */
  end: number | 'none' = 'none'
  /** What is wrong, if anything. */
  fault: string | null = 'no 101'
  #head: Buffer | null = Buffer.alloc(0)
  readonly #receiver = new Receiver({ role: 'client', maxMessageSize: 1e7, maxFragments: 1, inflater }, this)

  read(chunk: Buffer): void {
    if (this.#head === null) {
      this.#receiver.receive(chunk)
      return
    }
    const bytes = Buffer.concat([this.#head, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    this.#head = end < 0 ? bytes : null
    if (end < 0) return
    if (bytes.toString('latin1', 0, 13) === 'HTTP/1.1 101 ') this.fault = null
    this.#receiver.receive(bytes.subarray(end + 4))
  }

  receiverOnMessage(): void {}
  receiverOnPing(): void {}
  receiverOnPong(): void {}

  receiverOnClose(code: number): void {
    this.end = code
    if (code !== 1005 && !isReceivableCloseCode(code)) this.fault = `closed with ${code}`
  }

  receiverOnFailure({ code }: Failure): void {
    this.fault = `the server broke the protocol: ${code}`
  }
}
