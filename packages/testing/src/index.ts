export {
  ConnectionClosed,
  type DenialResponse,
  HandshakeDenied,
  TestClientError,
  type TestErrorCode,
  TimeoutError,
} from './errors.ts'
export type { OpenConnection } from './open-connections.ts'
export type { JsonOptions, TestClientOptions, TransportName, WaitOptions } from './options.ts'
export type { DenialStage } from './server-watch.ts'
export type { FastifyLike, TestApp } from './test-app.ts'
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './virtual-clock.ts'
export { WebSocketTestClient } from './websocket-test-client.ts'
export type { WebSocketTestConnection } from './websocket-test-connection.ts'
