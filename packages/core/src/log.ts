/** The part of a pino logger that Sluice writes to. */
export interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}

const LONGEST_FIELD = 256
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a log
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** Text from a peer, safe to log: control characters and line separators escaped, cut at 256 characters. */
export function loggable(text: string): string {
  const cut = text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD)}…` : text
  return cut.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
