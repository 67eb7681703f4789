import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { PreparedMessage, SendOptions } from '../connection/prepared-message.ts'
import type { WebSocketMessage } from '../connection/reading.ts'
import type { Sendable } from '../connection/sendable.ts'
import type { SendOutcome } from '../connection/sender.ts'
import type { ConnectionState } from '../connection/state.ts'
import type { CloseEvent } from '../connection/transport.ts'
import type { ReceiveOptions } from '../connection/waiting-receives.ts'
import type { UnknownDeps } from '../dependencies/dependency.ts'
import type { AuthContext } from '../security/ports.ts'

/** What a route makes of the types of its connections. */
export interface ConnectionTypes {
  params: unknown
  auth: AuthContext | null
  deps: UnknownDeps
  query: Readonly<Record<string, unknown>>
  headers: Readonly<Record<string, unknown>>
  cookies: Readonly<Record<string, unknown>>
  /** What `receiveJson` and `iterJson` give. */
  receive: unknown
  /** What `sendJson` takes. */
  send: unknown
}

/** The type of one property: the route's, or the widest. */
type TypeOf<Types, Name extends keyof ConnectionTypes> = Types extends Record<Name, infer T> ? T : ConnectionTypes[Name]

export interface AcceptOptions {
  /** One that the client offered. @default the route's choice from `subprotocols`, or none */
  readonly subprotocol?: string | undefined
  /** Further headers of the 101, such as `set-cookie`. Those of the handshake itself are refused. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined
}

export interface DenyOptions {
  /** 400 to 599. @default 403 */
  readonly status?: number | undefined
  readonly headers?: OutgoingHttpHeaders | undefined
  /** Text, bytes, a stream, or a value to be sent as JSON. @default the JSON of a denial */
  readonly body?: unknown
}

export interface JsonReceiveOptions extends ReceiveOptions {
  /** Which kind of message holds the JSON. @default 'text' */
  readonly mode?: 'text' | 'binary' | undefined
}

export interface JsonSendOptions extends SendOptions {
  /** Which kind of message holds the JSON. @default 'text' */
  readonly mode?: 'text' | 'binary' | undefined
}

/** The server side of one WebSocket: what a handler holds, from the upgrade request to the end. */
export interface WebSocketConnection<out Types = unknown> extends AsyncIterable<WebSocketMessage> {
  /** Unique in this process. */
  readonly id: string
  /** The path of the request, without its query. */
  readonly path: string
  /** The path template of the route, with its prefix. */
  readonly route: string
  readonly params: TypeOf<Types, 'params'>
  /** The texts that `params` were made of. */
  readonly rawParams: Readonly<Record<string, string>>
  /** What the route's `query` schema gave; without one the texts, with lists for keys that are repeated. */
  readonly query: TypeOf<Types, 'query'>
  /** What the route's `headers` schema gave; without one the headers of the request, names in lower case. */
  readonly headers: TypeOf<Types, 'headers'>
  /** What the route's `cookies` schema gave; without one the texts. */
  readonly cookies: TypeOf<Types, 'cookies'>
  /** The peer as Fastify's `trustProxy` decides, or null where the stream has no address. */
  readonly client: { readonly host: string; readonly port: number } | null
  readonly auth: TypeOf<Types, 'auth'>
  /** What the dependencies of the route made, by name. Empty until all are there. */
  readonly deps: TypeOf<Types, 'deps'>
  /** The one that was chosen, or null. */
  readonly subprotocol: string | null
  readonly state: ConnectionState
  /** A store of yours, one for each connection. */
  readonly locals: Record<string, unknown>
  readonly request: FastifyRequest
  readonly log: FastifyBaseLogger
  /** Aborts when the connection ends, with the `WebSocketDisconnect` as its reason. */
  readonly signal: AbortSignal
  /** Resolves when the connection has ended. Never rejects. */
  readonly closed: Promise<CloseEvent>
  /** Bytes that were sent and that the operating system has not taken yet. */
  readonly bufferedAmount: number

  /**
   * Opens the connection: writes the 101. Does nothing when it is open already.
   * @throws SluiceError `ERR_INVALID_SUBPROTOCOL`, `ERR_INVALID_HEADER`, `ERR_INVALID_STATE`
   * @throws WebSocketDisconnect when the peer has gone
   */
  accept(options?: AcceptOptions): Promise<void>
  /** Answers the upgrade request with an HTTP response instead. @throws SluiceError `ERR_INVALID_STATE` once accepted */
  deny(options?: DenyOptions): Promise<void>

  /** Waits for one message of either kind. @throws WebSocketDisconnect at the end, TimeoutError */
  receive(options?: ReceiveOptions): Promise<WebSocketMessage>
  /** @throws UnsupportedDataError for a binary message, which also closes with 1003 unless `onWrongType` says otherwise */
  receiveText(options?: ReceiveOptions): Promise<string>
  /** @throws UnsupportedDataError for a text message */
  receiveBytes(options?: ReceiveOptions): Promise<Buffer>
  /**
   * The value of one message of the route's codec, which is JSON unless it says otherwise, valid for `messages.receive`.
   * @throws InvalidJsonError, UndecodableMessageError, which also close with 1007 unless `onInvalidJson` says otherwise
   * @throws InvalidMessageError where `onInvalidMessage` does not answer by itself
   */
  receiveJson(options?: JsonReceiveOptions): Promise<TypeOf<Types, 'receive'>>
  /** Messages until the connection ends, which ends the loop quietly. */
  iterText(): AsyncIterableIterator<string, undefined>
  iterBytes(): AsyncIterableIterator<Buffer, undefined>
  iterJson(options?: Pick<JsonReceiveOptions, 'mode'>): AsyncIterableIterator<TypeOf<Types, 'receive'>, undefined>

  /**
   * Sends one message: a string as text, bytes as binary. Resolves when less than the high water mark is queued.
   * Sends go out in the order of the calls, awaited or not. Bytes must not change until they are sent.
   * @throws SluiceError `ERR_INVALID_PAYLOAD`, WebSocketDisconnect
   */
  send(data: Sendable, options?: SendOptions): Promise<void>
  sendText(text: string, options?: SendOptions): Promise<void>
  sendBytes(bytes: ArrayBuffer | ArrayBufferView, options?: SendOptions): Promise<void>
  /** Sends a value in the route's codec: as JSON unless it says otherwise. @throws InvalidMessageError where `messages.send` refuses it, and nothing is sent */
  sendJson(value: TypeOf<Types, 'send'>, options?: JsonSendOptions): Promise<void>
  /** Sends unless too much is queued already, and says what happened. Never waits, never throws for a closed connection. */
  trySend(data: Sendable, options?: SendOptions): SendOutcome
  /** The same, with the options that the message was prepared with. */
  trySend(message: PreparedMessage): SendOutcome
  /** Pings the peer. Resolves with the round-trip time in milliseconds. @throws WebSocketDisconnect if no pong came before the end */
  ping(data?: string | Uint8Array): Promise<number>
  /**
   * Closes with a code and a reason, which is cut to 123 bytes. Before `accept` it denies with the HTTP status that belongs to the code.
   * @throws CloseCodeError for a code that may not be sent
   */
  close(code?: number, reason?: string): Promise<void>
  /** Cuts the connection without a close frame. */
  terminate(): void
}
