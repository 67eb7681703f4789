import type { UpgradeRequest } from '@sluice/core/ports'

/** What a request presents: a token, something that was meant to be one, or nothing (`undefined`). */
export type Presented = { readonly token: string } | { readonly malformed: string } | undefined

/** Looks for a token in one place. */
export type TokenReader = (request: UpgradeRequest) => Presented

/** Whether a header came more than once. Node drops or joins repetitions, so the raw headers have to be looked at. */
export function isRepeated(request: UpgradeRequest, name: string): boolean {
  const { rawHeaders } = request.raw
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) count++
  }
  return count > 1
}
