import { SluiceError } from '../errors.ts'
import type { WebSocketConnection } from '../upgrade/websocket-connection.ts'

/**
 * Makes one value of each connection, before its handler runs: a function of the connection that is being made, or one that uses others.
 * The same one is run once for a connection, wherever it is used.
 */
export type Dependency<Value = unknown, Connection = WebSocketConnection> =
  | ((ws: Connection) => Value | Promise<Value>)
  | CompoundDependency<Value, Connection>

/** A dependency that uses others. `dependency` makes it, of others that are there already: it cannot use itself. */
export interface CompoundDependency<Value = unknown, Connection = WebSocketConnection> {
  readonly [kCompound]: true
  readonly depends: Depends<never>
  readonly resolve: (ws: Connection, deps: never) => Value | Promise<Value>
}

/** Of the registry: an app may load Sluice both as an ES module and as CommonJS. */
const kCompound: unique symbol = Symbol.for('sluice.dependency')

/** Dependencies by the names under which their values are found. */
export type Depends<Connection = WebSocketConnection> = Readonly<Record<string, Dependency<unknown, Connection>>>

/** Dependencies that make these values. */
export type DependsFor<Values, Connection> = {
  readonly [Name in keyof Values]: Dependency<Values[Name], Connection>
}

/** What some dependencies make. */
export type DepsOf<D extends Depends<never>> = {
  readonly [Name in keyof D]: D[Name] extends Dependency<infer Value, never> ? Awaited<Value> : never
}

/** The connection that all of some dependencies can be run for. */
export type ConnectionFor<D extends Depends<never>> = {
  [Name in keyof D]: (ws: ConnectionOf<D[Name]>) => void
}[keyof D] extends (ws: infer All) => void
  ? All extends WebSocketConnection
    ? All
    : WebSocketConnection
  : never

type ConnectionOf<D> = D extends (ws: infer Connection) => unknown
  ? Connection
  : D extends CompoundDependency<unknown, infer Connection>
    ? Connection
    : never

/** What `ws.deps` is on a route whose own dependencies make `Values`, where those of its api make `Outer`. The nearest wins. */
export type DepsWith<Outer, Values> = unknown extends Values
  ? unknown extends Outer
    ? UnknownDeps
    : Readonly<Outer>
  : unknown extends Outer
    ? Readonly<Values>
    : Readonly<Omit<Outer, keyof Values> & Values>

/** What `ws.deps` is where nothing is known of it. */
export type UnknownDeps = Readonly<Record<string, unknown>>

/**
 * Makes a dependency that uses others. They are run before it, and once for a connection however many use them.
 *
 * ```ts
 * const user = dependency({ db, session }, (ws, { db, session }) => db.userOf(session))
 * ```
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function dependency<
  const D extends Depends<never>,
  Value,
  Connection extends ConnectionFor<D> = ConnectionFor<D>,
>(
  depends: D,
  resolve: (ws: Connection, deps: DepsOf<D>) => Value | Promise<Value>,
): CompoundDependency<Value, Connection> {
  for (const [name, used] of Object.entries(depends)) {
    if (!isDependency(used)) throw invalid(`'${name}' must be a function, or made by dependency()`)
  }
  if (typeof resolve !== 'function') throw invalid('the second argument must be a function')
  return Object.freeze({ [kCompound]: true as const, depends: Object.freeze({ ...depends }), resolve })
}

export function isDependency(value: unknown): value is Dependency {
  return typeof value === 'function' || isCompound(value)
}

export function isCompound(value: unknown): value is CompoundDependency {
  return typeof value === 'object' && value !== null && kCompound in value
}

function invalid(text: string): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `dependency(): ${text}`)
}
