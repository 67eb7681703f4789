import type { Clock } from '../clock.ts'
import { isSendableCloseCode } from '../close-codes.ts'
import { HttpDenial, WebSocketClose } from '../errors.ts'
import type { HandlerObserver } from '../handler/error-boundary.ts'
import { closingOf, createDenial, type Denial, DenialError, denialOfError } from '../security/denial.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'
import type { DependencyPlan } from './plan.ts'
import { DependencyScope, type ScopeObserver } from './scope.ts'

/** What the dependencies of a connection need of its route and its server. */
export interface DependencyRun {
  readonly plan: DependencyPlan
  readonly clock: Clock
  /** Milliseconds that they may take on a connection that is open already. Before, the handshake watches the time. */
  readonly timeout: number
  readonly scopes: ScopeObserver
  readonly observer: HandlerObserver
}

/**
 * Runs the dependencies of a connection, then its handler, and disposes of what they made when both the connection and the handler have
 * ended. A dependency that fails denies; the handler does not run then.
 * @param handle runs the handler
 */
export function runWithDependencies(
  { plan, clock, timeout, scopes, observer }: DependencyRun,
  connection: ServerConnection,
  handle: (observer: HandlerObserver) => void,
): void {
  const scope = new DependencyScope(plan, connection, scopes)
  connection.holdDependencies(scope)

  const start = () => {
    if (!isAlive(connection)) return
    const release = scope.retain()
    handle(release === undefined ? observer : withEnd(observer, release))
  }
  const fail = (error: unknown) => {
    scope.stop()
    if (isAlive(connection)) endFailed(connection, error, scope, observer)
  }

  try {
    const resolving = scope.resolve()
    if (resolving === undefined) {
      start()
      return
    }
    const timer =
      connection.state === 'open' ? clock.setTimeout(() => fail(new DenialError(TIMED_OUT)), timeout) : undefined
    resolving.finally(() => timer?.cancel()).then(start, fail)
  } catch (error) {
    fail(error)
  }
}

const TIMED_OUT = createDenial('ERR_HANDSHAKE_TIMEOUT')

function withEnd(observer: HandlerObserver, onEnd: () => void): HandlerObserver {
  return {
    handlerOnStart: (connection) => observer.handlerOnStart(connection),
    handlerOnError: (connection, error) => observer.handlerOnError(connection, error),
    handlerOnEnd: (connection) => {
      observer.handlerOnEnd(connection)
      onEnd()
    },
  }
}

/** The peer is there, and was neither denied nor closed meanwhile. */
function isAlive({ state }: ServerConnection): boolean {
  return state === 'connecting' || state === 'open'
}

/** Denies, or closes a connection that is open because its credentials came as the first message. */
function endFailed(
  connection: ServerConnection,
  error: unknown,
  { failed }: DependencyScope,
  observer: HandlerObserver,
): void {
  const { state } = connection
  if (error instanceof WebSocketClose && isSendableCloseCode(error.code)) {
    if (state === 'open') connection.credentialsOnDenied('dependencies', closedBy(error))
    void connection.close(error.code, error.reason)
    return
  }
  const denial = denialOfError(error)
  if (denial.status >= 500 && !(error instanceof HttpDenial) && !(error instanceof DenialError)) {
    connection.log.error({ err: error, route: connection.route, dependency: failed }, 'WebSocket dependency failed')
    observer.handlerOnError(connection, error)
  }
  if (state === 'connecting') {
    connection.failHandshake(error)
    return
  }
  const { code, reason } = closingOf(denial)
  connection.credentialsOnDenied('dependencies', denial)
  void connection.close(code, reason)
}

/** The denial of a connection that is told by a close code of the dependency's choice. */
function closedBy(cause: WebSocketClose): Denial {
  return createDenial('ERR_HANDLER_DENIED', { cause })
}
