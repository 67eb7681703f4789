import type { FastifyInstance } from 'fastify'
import { refuseMessage } from '../connection/invalid-message.ts'
import { type MessageIssue, SluiceError } from '../errors.ts'
import type { JsonSchema } from '../schema/typebox-support.ts'
import { readDiscriminatedUnion } from '../schema/typebox-union.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'
import type { Awaitable } from './route-handler.ts'

/** One handler for each member of a union of messages, by the literal that tells them apart. */
export type MessageHandlers<Connection, Message, Discriminator extends string> = {
  readonly [Kind in KindOf<Message, Discriminator>]?: (
    this: FastifyInstance,
    ws: Connection,
    message: MemberOf<Message, Discriminator, Kind>,
  ) => Awaitable<void>
}

/** The literals that tell the members apart. */
type KindOf<Message, Discriminator extends string> =
  Message extends Readonly<Record<Discriminator, infer Kind>> ? Kind & (string | number) : never

/** The members that this literal may stand in, which is text where it is a property name. */
type MemberOf<Message, Discriminator extends string, Kind extends string | number> =
  Message extends Readonly<Record<Discriminator, infer Kinds extends string | number>>
    ? `${Kind}` extends `${Kinds}`
      ? Message
      : never
    : never

type OnMessage = (this: FastifyInstance, ws: ServerConnection, message: unknown) => unknown

/**
 * One `onMessage` that hands each message to the handler of its kind in `messages.on`.
 * @param fallback takes the messages whose kind has no handler; without it they are invalid
 * @throws SluiceError `ERR_INVALID_HANDLER`, `ERR_INVALID_OPTION`
 */
export function dispatchMessages(
  path: string,
  { on, discriminator = 'type', receive }: { on?: unknown; discriminator?: unknown; receive?: unknown },
  fallback: OnMessage | undefined,
): OnMessage {
  if (typeof discriminator !== 'string') throw invalid('ERR_INVALID_OPTION', path, 'discriminator that is no string')
  if (receive === undefined) throw invalid('ERR_INVALID_OPTION', path, 'on without messages.receive')
  const handlers = resolveHandlers(path, on)
  if (fallback === undefined) assertComplete(path, handlers, receive as JsonSchema, discriminator)
  const unknownKind: readonly MessageIssue[] = [
    { path: [discriminator], message: 'Input should be a kind of message that this route handles', type: 'enum' },
  ]
  return function (ws, message) {
    const handler = handlers.get(kindOf(message, discriminator)) ?? fallback
    return handler === undefined ? refuseMessage(message, unknownKind, ws) : handler.call(this, ws, message)
  }
}

function resolveHandlers(path: string, given: unknown): ReadonlyMap<string, OnMessage> {
  if (typeof given !== 'object' || given === null) throw invalid('ERR_INVALID_HANDLER', path, 'on that is no object')
  const entries = Object.entries(given).filter(([, handler]) => handler !== undefined)
  for (const [kind, handler] of entries) {
    if (typeof handler !== 'function')
      throw invalid('ERR_INVALID_HANDLER', path, `on['${kind}'] that is not a function`)
  }
  return new Map(entries)
}

/** Where the kinds can be read from the schema, one that is forgotten or misspelt is found at once. */
function assertComplete(
  path: string,
  handlers: ReadonlyMap<string, OnMessage>,
  receive: JsonSchema,
  discriminator: string,
): void {
  const union = readDiscriminatedUnion(receive)
  if (union?.discriminator !== discriminator) return
  const kinds = Array.from(union.members.keys(), String)
  const missing = kinds.find((kind) => !handlers.has(kind))
  if (missing !== undefined) throw invalid('ERR_INVALID_HANDLER', path, `on without '${missing}', and no onMessage`)
  const unknown = [...handlers.keys()].find((kind) => !kinds.includes(kind))
  if (unknown !== undefined) throw invalid('ERR_INVALID_HANDLER', path, `on['${unknown}'], which receive does not have`)
}

function invalid(code: 'ERR_INVALID_HANDLER' | 'ERR_INVALID_OPTION', path: string, what: string): SluiceError {
  return new SluiceError(code, `the WebSocket route '${path}' has messages.${what}`)
}

function kindOf(message: unknown, discriminator: string): string {
  if (typeof message !== 'object' || message === null) return ''
  return String((message as Record<string, unknown>)[discriminator])
}
