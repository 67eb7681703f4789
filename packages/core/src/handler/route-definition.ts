import { compileInputs, type Inputs } from '../coercion/compile-inputs.ts'
import { SluiceError } from '../errors.ts'
import { withoutUndefined } from '../option-checks.ts'
import type { PathTemplate } from '../routing/path-template.ts'
import { type BatchCallbacks, resolveBatchOptions } from './batch.ts'
import { dispatchMessages } from './message-handlers.ts'
import { compileMessages, type MessageChecks } from './message-options.ts'
import type { Callbacks, RouteHandler } from './route-handler.ts'
import type { RouteOptions } from './route-options.ts'
import { resolveTurboOptions } from './turbo.ts'
import { assertRoom } from './turbo-room.ts'

/** One route as it was declared: what `api.websocket` was given, sorted. */
export interface RouteDefinition {
  readonly path: string
  readonly options: RouteOptions
  /** The schemas of what reaches the handler, compiled. */
  readonly inputs: Inputs
  /** Those of its messages. */
  readonly messages: MessageChecks
  readonly handler: RouteHandler
}

const CALLBACKS = ['onConnect', 'onMessage', 'onBatch', 'onDisconnect'] as const satisfies readonly (
  | keyof Callbacks<never, never>
  | keyof BatchCallbacks<never, never>
)[]

/**
 * Sorts the arguments of `api.websocket(path, handler)`, `(path, options, handler)` and `(path, options with callbacks)`.
 * @throws SluiceError `ERR_INVALID_HANDLER`, for `batch` as `resolveBatchOptions` does, and for schemas as `compileInputs` and `compileMessages` do
 */
export function defineRoute(path: string, second: unknown, third: unknown): RouteDefinition {
  const given = typeof second === 'function' ? {} : assertObject(path, second)
  const handler = typeof second === 'function' ? second : third
  const options: Record<string, unknown> = { ...given }
  const callbacks: Record<string, unknown> = {}
  for (const name of CALLBACKS) {
    if (options[name] !== undefined) callbacks[name] = assertFunction(path, name, options[name])
    delete options[name]
  }
  const { batch, ...routeOptions } = withDispatch(path, options, callbacks)
  return { path, ...withSchemas(routeOptions), handler: resolveHandler(path, handler, callbacks, batch) }
}

/** Makes one `onMessage` of the handlers in `messages.on`, which are no option of the route any more then. */
function withDispatch(
  path: string,
  options: Record<string, unknown>,
  callbacks: Record<string, unknown>,
): Record<string, unknown> {
  const { messages } = options
  if (typeof messages !== 'object' || messages === null || !('on' in messages)) return options
  if (callbacks.onBatch !== undefined) throw invalidHandler(path, 'has messages.on and onBatch: choose one')
  callbacks.onMessage = dispatchMessages(path, messages, callbacks.onMessage as never)
  const { on: _, discriminator: __, ...others } = messages as Record<string, unknown>
  return { ...options, messages: others }
}

/**
 * Sorts the arguments of `api.turboWebsocket(path, options)`.
 * @throws SluiceError `ERR_INVALID_HANDLER` for code that it would have to run, and as `resolveTurboOptions` does
 */
export function defineTurboRoute(path: string, given: unknown, ...others: readonly unknown[]): RouteDefinition {
  const { mode, responsePrefix, includeSender, room, ...options } = assertObject(path, given) as Record<string, unknown>
  const code = UNHEARD.find((name) => options[name] !== undefined)
  if (code !== undefined || others.some((other) => other !== undefined)) {
    throw invalidHandler(path, `is a turbo route, which runs no code of yours: it has ${code ?? 'a handler'}`)
  }
  const turbo = resolveTurboOptions(
    withoutUndefined({ mode, responsePrefix, includeSender, room }) as Record<string, unknown>,
  )
  return { path, ...withSchemas(options), handler: { style: 'turbo', turbo } }
}

/** Schemas are of one route: neither the plugin nor an api has a place for them among its options. */
function withSchemas(given: Record<string, unknown>): Pick<RouteDefinition, 'options' | 'inputs' | 'messages'> {
  const { params, query, headers, cookies, messages, ...options } = given
  return { options, inputs: compileInputs({ params, query, headers, cookies }), messages: compileMessages(messages) }
}

/** What can be said of a handler once its path is known. @throws SluiceError `ERR_INVALID_OPTION` */
export function assertHandler(handler: RouteHandler, { params }: PathTemplate): void {
  if (handler.style === 'turbo') assertRoom(handler.turbo.room, params)
}

/** What a turbo route has no use for. */
const UNHEARD = [
  ...CALLBACKS,
  'batch',
  'onWrongType',
  'onInvalidJson',
  'messages',
  'onInvalidMessage',
  'codec',
] as const

function resolveHandler(
  path: string,
  handler: unknown,
  callbacks: Record<string, unknown>,
  batch: unknown,
): RouteHandler {
  const hasCallbacks = Object.keys(callbacks).length > 0
  if (batch !== undefined && callbacks.onBatch === undefined) throw invalidHandler(path, 'has batch without onBatch')
  if (callbacks.onBatch !== undefined && callbacks.onMessage !== undefined) {
    throw invalidHandler(path, 'has onMessage and onBatch: choose one')
  }
  if (handler !== undefined && hasCallbacks) throw invalidHandler(path, 'has callbacks and a handler: choose one style')
  if (callbacks.onBatch !== undefined) {
    return { style: 'batch', batch: resolveBatchOptions(batch), callbacks: callbacks as never }
  }
  if (hasCallbacks) return { style: 'callbacks', callbacks }
  if (handler === undefined) throw invalidHandler(path, 'has neither a handler nor a callback')
  return { style: 'handler', run: assertFunction(path, 'handler', handler) as never }
}

function assertObject(path: string, given: unknown): object {
  if (typeof given === 'object' && given !== null) return given
  throw invalidHandler(path, 'takes a handler, or options and a handler')
}

function assertFunction(path: string, name: string, value: unknown): unknown {
  if (typeof value === 'function') return value
  throw invalidHandler(path, `has a ${name} that is not a function`)
}

function invalidHandler(path: string, what: string): SluiceError {
  return new SluiceError('ERR_INVALID_HANDLER', `the WebSocket route '${path}' ${what}`)
}
