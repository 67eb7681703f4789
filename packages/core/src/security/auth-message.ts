/** The token of an authentication message, `{"type":"auth","token":"…"}`; `undefined` for every other message. */
export function parseAuthMessage(text: string): string | undefined {
  if (text.length > LONGEST_MESSAGE || !text.includes('"auth"')) return undefined
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof message !== 'object' || message === null) return undefined
  const { type, token } = message as { type?: unknown; token?: unknown }
  return type === 'auth' && typeof token === 'string' ? token : undefined
}

/** A token of 8 KB, which is the longest that a backend reads, and what is around it. */
const LONGEST_MESSAGE = 8_192 + 256
