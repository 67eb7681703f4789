import type { Failure, ReceiverSink } from '../../src/index.ts'

export type Told =
  | readonly ['message', string | Buffer]
  | readonly ['ping', string]
  | readonly ['pong', string]
  | readonly ['close', number, string]
  | readonly ['failure', string, number]

/** Writes down everything that a receiver tells. `onMessage` runs after each message has been written down. */
export class RecordingSink implements ReceiverSink {
  readonly told: Told[] = []
  onMessage: (data: string | Buffer) => void = () => {}

  receiverOnMessage(data: string | Buffer): void {
    this.told.push(['message', data])
    this.onMessage(data)
  }
  receiverOnPing(payload: Buffer): void {
    this.told.push(['ping', payload.toString()])
  }
  receiverOnPong(payload: Buffer): void {
    this.told.push(['pong', payload.toString()])
  }
  receiverOnClose(code: number, reason: string): void {
    this.told.push(['close', code, reason])
  }
  receiverOnFailure({ code, closeCode }: Failure): void {
    this.told.push(['failure', code, closeCode])
  }

  get messages(): (string | Buffer)[] {
    return this.told.flatMap((entry) => (entry[0] === 'message' ? [entry[1]] : []))
  }
}
