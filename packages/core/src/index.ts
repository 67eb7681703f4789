export type { OpenConnections, SluiceApi } from './api.ts'
export { type Attachment, attach } from './attach.ts'
export type { Clock, Timer } from './clock.ts'
export { CloseCode } from './close-codes.ts'
export { type Closable, type CloseOnSignalsOptions, closeOnSignals } from './close-on-signals.ts'
export type { ConverterOptions } from './coercion/resolve-converters.ts'
export { type BroadcastOptions, type BroadcastResult, broadcast, type Recipient } from './connection/broadcast.ts'
export type { BinaryCodec, Codec, TextCodec } from './connection/codec.ts'
export type {
  BackpressurePolicy,
  CompressionSettings,
  InvalidJsonPolicy,
  InvalidMessagePolicy,
  MessageRateAction,
  WrongTypePolicy,
} from './connection/limits.ts'
export { type PreparedMessage, prepareMessage, type SendOptions } from './connection/prepared-message.ts'
export type { BackpressureEvent, DrainEvent } from './connection/pressure.ts'
export type { WebSocketMessage } from './connection/reading.ts'
export type { Sendable } from './connection/sendable.ts'
export type { SendOutcome } from './connection/sender.ts'
export type { ConnectionState } from './connection/state.ts'
export type { MessageCount } from './connection/traffic.ts'
export type { CloseEvent, CloseInitiator } from './connection/transport.ts'
export type { ReceiveOptions } from './connection/waiting-receives.ts'
export { createApi, type Mount, type MountableApi } from './create-api.ts'
export {
  type CompoundDependency,
  type Dependency,
  type Depends,
  type DepsOf,
  dependency,
} from './dependencies/dependency.ts'
export type { DrainOptions } from './drain-options.ts'
export {
  CloseCodeError,
  type ErrorCode,
  HttpDenial,
  InvalidJsonError,
  InvalidMessageError,
  type MessageIssue,
  SluiceError,
  TimeoutError,
  UndecodableMessageError,
  UnsupportedDataError,
  WebSocketClose,
  WebSocketDisconnect,
} from './errors.ts'
export type { BatchAnswers, BatchCallbacks, BatchOptions } from './handler/batch.ts'
export type { MessageHandlers } from './handler/message-handlers.ts'
export type { CodecName, CodecOption, DispatchOptions, MessageOptions } from './handler/message-options.ts'
export { type ProtectOptions, protect } from './handler/protect.ts'
export type { Callbacks, Handler } from './handler/route-handler.ts'
export type {
  FrameRateOptions,
  LimitOptions,
  MessageRateOptions,
  PressureHooks,
  RouteOptions,
} from './handler/route-options.ts'
export type { ConnectionOn, RawCookies, RawQuery, RouteTypes, WebSocketRouteOptions } from './handler/route-types.ts'
export type { TurboBroadcastOptions, TurboEchoOptions, TurboOptions } from './handler/turbo.ts'
export type { SluiceOptions } from './options.ts'
export { sluice, sluice as default } from './plugin.ts'
export type { CustomConverters, PathParams } from './routing/path-params.ts'
export type { InputOf, OutputOf, Schema } from './schema/schema.ts'
export { type AuthContextInit, createAuthContext } from './security/auth-context.ts'
export type { AuthOf } from './security/auth-types.ts'
export { createDenial, type Denial, type DenialCode } from './security/denial.ts'
export type { DeniedHandshake, OnDenied } from './security/denial-reporter.ts'
export type { AllowedOrigins } from './security/origin-policy.ts'
export type { AuthBackend, AuthContext, Guard, GuardContext, UpgradeRequest } from './security/ports.ts'
export type { RateKey } from './security/rate-key.ts'
export type { RateLimitOptions } from './security/rate-limit-options.ts'
export type { RateStore } from './security/rate-store.ts'
export { createRedisRateStore, type RedisRateStoreOptions } from './security/redis-rate-store.ts'
export type { SecurityOptions, UserCapacityOptions } from './security/security-options.ts'
export type { DenialStage, StageName } from './security/stage.ts'
export { STAGE_ORDER } from './security/stage.ts'
export type { UserCapacityPolicy } from './security/user-seats.ts'
export type { WarningCode } from './security/warnings.ts'
export type { ServerHooks } from './server-hooks.ts'
export type { KindCounts, RouteStats, SluiceStats } from './stats.ts'
export type { OnBackpressure, OnDrain } from './upgrade/connection-settings.ts'
export type {
  AcceptOptions,
  DenyOptions,
  JsonReceiveOptions,
  JsonSendOptions,
  WebSocketConnection,
} from './upgrade/websocket-connection.ts'
