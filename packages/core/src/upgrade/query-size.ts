/** Bytes of a query, however large a head the server takes. */
const MOST_BYTES = 8_192
const MOST_KEYS = 1_000

/** Whether the query of a target is more than any route should have to read. A target is ASCII: its characters are its bytes. */
export function isQueryTooLarge(target: string): boolean {
  const start = target.indexOf('?') + 1
  if (start === 0 || target.length - start < MOST_KEYS) return false
  return target.length - start > MOST_BYTES || hasTooManyKeys(target, start)
}

function hasTooManyKeys(target: string, start: number): boolean {
  let keys = 1
  for (let at = target.indexOf('&', start); at >= 0; at = target.indexOf('&', at + 1)) keys++
  return keys > MOST_KEYS
}
