import type { IncomingHttpHeaders } from 'node:http'
import type { WebSocketMessage } from '../connection/reading.ts'
import type { Depends, UnknownDeps } from '../dependencies/dependency.ts'
import type { PathParams } from '../routing/path-params.ts'
import type { OutputOf, Schema, InputOf as SchemaInputOf } from '../schema/schema.ts'
import type { AuthOf } from '../security/auth-types.ts'
import type { AuthBackend, Guard } from '../security/ports.ts'
import type { WebSocketConnection } from '../upgrade/websocket-connection.ts'
import type { MessageOptions } from './message-options.ts'
import type { RouteOptions } from './route-options.ts'

/** What the options of a route say about types: one member for each option that does.
 * `never` is for an option that is not given. */
export interface RouteTypes {
  readonly auth: readonly AuthBackend[]
  readonly guards: readonly Guard[]
  readonly params: Schema
  readonly query: Schema
  readonly headers: Schema
  readonly cookies: Schema
  readonly receive: Schema
  readonly send: Schema
}

/** The options of one route: those that have defaults in the plugin and in `createApi`, and those that are its own. */
export interface WebSocketRouteOptions<Types extends RouteTypes = RouteTypes, Dependencies = Depends>
  extends RouteOptions<Types['auth'], Types['guards'], Dependencies> {
  /** What the parameters of the path must be, once their converters have read them. @default what the path says */
  params?: Types['params']
  /** What the query must be. @default texts, and lists of texts for keys that are repeated */
  query?: Types['query']
  /** What the headers must be; `user_agent` means `user-agent`. @default the headers of the request */
  headers?: Types['headers']
  /** What the cookies must be. @default texts */
  cookies?: Types['cookies']
  /** What messages must be, either way. @default anything */
  messages?: MessageOptions<Types['receive'], Types['send']>
}

/**
 * The connection of a route with this path and these types: those of `RouteTypes`, and `deps` for what its dependencies make.
 *
 * @example
 * async function join(ws: ConnectionOn<'/rooms/{room}', { query: typeof Query }>) {}
 */
export type ConnectionOn<Path extends string, Types = unknown> = WebSocketConnection<{
  params: ParamsOn<Path, Types>
  auth: AuthOf<ListOf<Types, 'auth'>, ListOf<Types, 'guards'>>
  query: InputOf<Types, 'query', RawQuery>
  headers: InputOf<Types, 'headers', Readonly<IncomingHttpHeaders>>
  cookies: InputOf<Types, 'cookies', RawCookies>
  deps: Types extends { readonly deps: infer Deps } ? Deps : UnknownDeps
  receive: ReceivedOn<Types>
  send: [MemberOf<Types, 'send'>] extends [never] ? unknown : SchemaInputOf<MemberOf<Types, 'send'>>
}>

/** The params of a route: those of its path, and over them what its `params` schema makes of them. */
export type ParamsOn<Path extends string, Types> = [MemberOf<Types, 'params'>] extends [never]
  ? PathParams<Path>
  : Merged<PathParams<Path>, OutputOf<MemberOf<Types, 'params'>>>

/** The values that the connections of a route receive. */
export type ReceivedOn<Types> = [MemberOf<Types, 'receive'>] extends [never]
  ? unknown
  : OutputOf<MemberOf<Types, 'receive'>>

/** What a callback is given of a message: its value on a route that validates messages, and else the message itself. */
export type DeliveredOn<Types> = [MemberOf<Types, 'receive'>] extends [never]
  ? WebSocketMessage
  : // Of options that came out of a variable nothing is known.
    [Schema] extends [MemberOf<Types, 'receive'>]
    ? WebSocketMessage
    : ReceivedOn<Types>

/** The query of a route without a schema. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>
export type RawCookies = Readonly<Record<string, string | undefined>>

type InputOf<Types, Name extends keyof RouteTypes, Raw> = [MemberOf<Types, Name>] extends [never]
  ? Raw
  : Merged<unknown, OutputOf<MemberOf<Types, Name>>>

type MemberOf<Types, Name extends keyof RouteTypes> = Types extends { readonly [N in Name]: infer Member }
  ? Member
  : never

type ListOf<Types, Name extends 'auth' | 'guards'> = Types extends {
  readonly [N in Name]: infer List extends RouteTypes[Name]
}
  ? List
  : readonly []

/** One object, so that what an editor shows is what there is. */
type Merged<Below, Above> = {
  readonly [Name in keyof (Omit<Below, keyof Above> & Above)]: (Omit<Below, keyof Above> & Above)[Name]
}
