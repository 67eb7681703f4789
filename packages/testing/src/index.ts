export { connectMany, type ForEach, TestConnections } from './connect-many.ts'
export type { Closing } from './conversation.ts'
export {
  ConnectionClosed,
  type DenialResponse,
  HandshakeDenied,
  TestClientError,
  type TestErrorCode,
  TimeoutError,
} from './errors.ts'
export {
  type ExpectedClose,
  type ExpectedDenial,
  expectBroadcast,
  expectClosed,
  expectDenied,
  expectMessage,
  expectNoMessage,
  type SilenceOptions,
} from './expectations.ts'
export type { ExpectedMessage } from './expected-message.ts'
export type { FaultOptions, FaultRange } from './fault-options.ts'
export type { TestFrame } from './frame-splitter.ts'
export type { TestNetwork } from './network.ts'
export type { OpenConnection } from './open-connections.ts'
export type { JsonOptions, TestClientOptions, TransportName, WaitOptions } from './options.ts'
export type { Overrides } from './overrides.ts'
export type { RecordedFrame, RecordedHeaders, Recording } from './recording/recording.ts'
export { type ReplayOptions, replay } from './recording/replay.ts'
export type { DenialStage } from './server-watch.ts'
export type { FastifyLike, TestApp } from './test-app.ts'
export { formatTranscript, mergeTranscripts, type TranscriptEntry, type TranscriptKind } from './transcript.ts'
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './virtual-clock.ts'
export { WebSocketTestClient } from './websocket-test-client.ts'
export type { WebSocketTestConnection } from './websocket-test-connection.ts'
