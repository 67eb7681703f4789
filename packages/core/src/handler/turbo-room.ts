import { SluiceError } from '../errors.ts'
import type { ServerConnection } from '../upgrade/server-connection.ts'

/** A path parameter in the name of a room. */
const IN_NAME = /\{([^{}]*)\}/g
/** One in the path of a route, in any of its spellings. */
const IN_PATH = /\{(\w+)[^}]*\}|:(\w+)|\*/g

/** @throws SluiceError `ERR_INVALID_OPTION` for a parameter that the path has not */
export function assertRoom(room: string | undefined, params: readonly { readonly name: string }[]): void {
  for (const [, name] of room?.matchAll(IN_NAME) ?? []) {
    if (params.some((param) => param.name === name)) continue
    throw new SluiceError('ERR_INVALID_OPTION', `option 'room' names the parameter '${name}', which the path has not`)
  }
}

/** The room of a connection. Equal parameters make equal names, however they were written. */
export function roomOf(
  { route, params, request }: Pick<ServerConnection, 'route' | 'params' | 'request'>,
  room: string | undefined,
): string {
  if (room !== undefined) return room.replace(IN_NAME, (_, name: string) => textOf(params[name]))
  // A prefix may have parameters that are not the route's.
  const all = { ...(request.params as object), ...params } as Readonly<Record<string, unknown>>
  return route.replace(IN_PATH, (whole, braced?: string, colon?: string) => textOf(all[braced ?? colon ?? whole]))
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}
