import type { Clock } from '@sluice/core'
import { underWay } from './activity.ts'
import { type Closing, Conversation } from './conversation.ts'
import { type Dialled, dial } from './dial.ts'
import { ConnectionClosed, HandshakeDenied, TimeoutError } from './errors.ts'
import { forget, type TrackedConnection, track } from './open-connections.ts'
import type { TestClientSettings } from './options.ts'
import { within } from './real-time.ts'
import { Recorder } from './recording/recorder.ts'
import { type Denied, requestUpgrade, type Upgraded } from './request-upgrade.ts'
import { ServerWatch } from './server-watch.ts'
import { type ReadyApp, resolveApp, type TestApp } from './test-app.ts'
import { Transcript } from './transcript.ts'
import type { UpgradeRequest } from './upgrade-request.ts'
import { hintOf } from './virtual-clock.ts'
import { WebSocketTestConnection } from './websocket-test-connection.ts'

export interface ConnectSettings extends TestClientSettings {
  /** As the test wrote it, for messages. */
  readonly path: string
  /** What transcripts call the connection. */
  readonly name: string
  /** Where the test connects. */
  readonly stack: string
}

/** Makes the app ready, dials it, asks for the upgrade and opens the connection. */
export async function connect(
  given: TestApp,
  request: UpgradeRequest,
  settings: ConnectSettings,
): Promise<WebSocketTestConnection> {
  const { path, timeout, overrides, record } = settings
  const { app, dialled } = await underWay(() => reach(given, settings))
  const watch = new ServerWatch(app.instance, dialled.isOtherEnd, overrides)
  const recorder = record === undefined ? null : new Recorder(record, request, () => watch.backends)
  try {
    const answer = await within(timeout, requestUpgrade(dialled.socket, request), () =>
      unanswered(path, timeout, app.clock),
    )
    recorder?.response(answer.kind === 'denied' ? answer : { status: 101, headers: answer.headers })
    if (answer.kind === 'denied') {
      recorder?.end(0)
      throw handshakeDenied(path, answer, watch)
    }
    return open(answer, dialled, watch, { ...settings, clock: app.clock, recorder })
  } catch (error) {
    watch.stop()
    dialled.socket.destroy()
    dialled.release()
    throw error
  }
}

async function reach(given: TestApp, settings: ConnectSettings): Promise<{ app: ReadyApp; dialled: Dialled }> {
  const app = await resolveApp(given, settings.clock)
  return { app, dialled: await dial(app, settings) }
}

function unanswered(path: string, timeout: number, clock: Clock): TimeoutError {
  const text = `${path} was not answered within ${timeout} ms: neither accept() nor deny() was called`
  return new TimeoutError(text + hintOf(clock))
}

function handshakeDenied(path: string, answer: Denied, { denial }: ServerWatch): HandshakeDenied {
  const options = denial?.cause === undefined ? {} : { cause: denial.cause }
  return new HandshakeDenied(path, { ...answer, stage: denial?.stage }, options)
}

function open(
  { socket, head, headers, subprotocol }: Upgraded,
  { network, release }: Dialled,
  watch: ServerWatch,
  {
    path,
    name,
    stack,
    clock,
    timeout,
    raiseServerErrors,
    recorder,
  }: ConnectSettings & { readonly clock: Clock; readonly recorder: Recorder | null },
): WebSocketTestConnection {
  const closedError = ({ code, reason }: Closing) => {
    forget(tracked)
    const [cause = conversation.failure ?? undefined] = watch.errors
    return new ConnectionClosed(code, reason, {
      transcript: transcript.toString(),
      ...(cause !== undefined && { cause }),
    })
  }
  network?.open()
  const transcript = new Transcript(name, clock, recorder)
  const conversation = new Conversation(socket, head, transcript, closedError)
  const tracked: TrackedConnection = {
    path,
    stack,
    get closeCode() {
      return conversation.closing?.code ?? null
    },
    terminate: () => {
      network?.restore()
      conversation.wire.terminate()
    },
  }
  track(tracked)
  void conversation.ended.then(release)
  const parts = {
    path,
    subprotocol,
    responseHeaders: headers,
    conversation,
    watch,
    clock,
    network,
    timeout,
    raiseServerErrors,
    forget: () => forget(tracked),
  }
  return new WebSocketTestConnection(parts)
}
