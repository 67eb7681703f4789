export type { ConnectionOn, OpenConnections, SluiceApi } from './api.ts'
export { type Attachment, attach } from './attach.ts'
export type { Clock, Timer } from './clock.ts'
export { CloseCode } from './close-codes.ts'
export type { ConverterOptions } from './coercion/resolve-converters.ts'
export { type BroadcastResult, broadcast, type Recipient } from './connection/broadcast.ts'
export type { SendOutcome } from './connection/conversation.ts'
export { type PreparedMessage, prepareMessage } from './connection/prepared-message.ts'
export type { WebSocketMessage } from './connection/reading.ts'
export type { Sendable } from './connection/sendable.ts'
export type { ConnectionState } from './connection/state.ts'
export type { CloseEvent, CloseInitiator } from './connection/transport.ts'
export type { ReceiveOptions } from './connection/waiting-receives.ts'
export { createApi, type Mount, type MountableApi } from './create-api.ts'
export {
  CloseCodeError,
  type ErrorCode,
  HttpDenial,
  InvalidJsonError,
  SluiceError,
  TimeoutError,
  UnsupportedDataError,
  WebSocketClose,
  WebSocketDisconnect,
} from './errors.ts'
export type { Callbacks, Handler } from './handler/route-handler.ts'
export type { LimitOptions, RouteOptions } from './handler/route-options.ts'
export type { SluiceOptions } from './options.ts'
export { sluice, sluice as default } from './plugin.ts'
export type { CustomConverters, PathParams } from './routing/path-params.ts'
export type { DrainOptions, SluiceStats } from './server.ts'
export type {
  AcceptOptions,
  DenyOptions,
  JsonReceiveOptions,
  WebSocketConnection,
} from './upgrade/websocket-connection.ts'
