import type { FastifyRequest } from 'fastify'
import type { BackpressureEvent, DrainEvent } from '../connection/pressure.ts'
import type { SenderSettings } from '../connection/sender.ts'
import type { CloseEvent, Transport } from '../connection/transport.ts'
import type { RoomRegistry } from '../rooms/room-registry.ts'
import type { Denial } from '../security/denial.ts'
import type { Handshake } from '../security/handshake.ts'
import type { DenialStage } from '../security/stage.ts'
import type { CredentialRules } from './credential-watch.ts'
import type { MessageSettings } from './message-settings.ts'
import type { ServerConnection } from './server-connection.ts'
import type { AcceptOptions, DenyOptions, WebSocketConnection } from './websocket-connection.ts'

/** Called when more is queued to a connection than its high water mark allows. */
export type OnBackpressure = (ws: WebSocketConnection, event: BackpressureEvent) => unknown
/** Called when the peer has caught up after that. */
export type OnDrain = (ws: WebSocketConnection, event: DrainEvent) => unknown

/** Answers an upgrade request, once. */
export interface UpgradeResponder {
  /** Writes the 101. @throws WebSocketDisconnect when the peer has gone */
  accept(options: AcceptOptions): Acceptance | Promise<Acceptance>
  deny(options: DenyOptions): void
  /** Answers for an error of the handler. */
  fail(error: unknown): void
  /** Cuts the stream. */
  abandon(): void
}

export interface Acceptance {
  readonly transport: Transport
  readonly subprotocol: string | null
}

/** What is known of a connection before its handler runs. */
export interface ConnectionFacts {
  readonly request: FastifyRequest
  readonly route: string
  readonly params: Readonly<Record<string, unknown>>
  readonly rawParams: Readonly<Record<string, string>>
  /** What the stages found, and the leases that they took. */
  readonly handshake: Handshake
}

/** What all connections of a route share. */
export interface ConnectionSettings extends SenderSettings {
  readonly messages: MessageSettings
  readonly lifecycle: ConnectionLifecycle
  readonly credentials: CredentialRules
  /** The api that declared the route. */
  readonly owner: object
  readonly rooms: RoomRegistry<ServerConnection>
  /** Those of the plugin first, of the route last. */
  readonly onBackpressure: readonly OnBackpressure[]
  readonly onDrain: readonly OnDrain[]
}

/** Who keeps count of connections. */
export interface ConnectionLifecycle {
  connectionOnOpen(connection: ServerConnection): void
  /** It is known who is there: at once, or when a token that comes as a message has been checked. */
  connectionOnAdmitted(connection: ServerConnection): void
  /** Once for each connection, also for one that was never open. */
  connectionOnEnd(connection: ServerConnection, event: CloseEvent): void
  /** A token that came as a message was denied, or none came. */
  credentialsOnDenied(connection: ServerConnection, stage: DenialStage, denial: Denial): void
}
