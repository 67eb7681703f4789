import { domainToASCII } from 'node:url'
import { SluiceError } from '../errors.ts'
import { parseOrigin } from './parse-origin.ts'

/** The entries of one `allowedOrigins` list, ready to be asked. */
export interface OriginList {
  /** Every entry as text, in one spelling, for the start-up lint. */
  readonly entries: readonly string[]
  readonly includesSameOrigin: boolean
  /** Whether an origin in the spelling of `parseOrigin` is listed. */
  includes(origin: string): boolean
}

/**
 * Reads the entries of an `allowedOrigins` list: origins, wildcards of whole labels such as `https://*.example.com`, the
 * words `'null'` and `'same-origin'`, and regular expressions, which must match the whole origin.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function resolveOriginList(given: readonly unknown[]): OriginList {
  const exact = new Set<string>()
  const wildcards: Wildcard[] = []
  const patterns: RegExp[] = []
  for (const entry of given) {
    if (entry instanceof RegExp) patterns.push(anchor(entry))
    else if (typeof entry !== 'string') throw invalid(entry, 'give a string or a RegExp')
    else if (entry.includes('*')) wildcards.push(resolveWildcard(entry))
    else if (entry === 'same-origin') continue
    else exact.add(resolveExact(entry))
  }
  return Object.freeze({
    entries: Object.freeze([...exact, ...wildcards.map(wildcardText), ...patterns.map(String)]),
    includesSameOrigin: given.includes('same-origin'),
    includes: (origin: string) =>
      exact.has(origin) ||
      wildcards.some((wildcard) => matchesWildcard(wildcard, origin)) ||
      // A sandboxed page is nobody: `null` has to be listed by name.
      (origin !== 'null' && patterns.some((pattern) => pattern.test(origin))),
  })
}

/** `scheme://` and `.example.com:8443`. What `parseOrigin` lets stand between them are whole labels. */
interface Wildcard {
  readonly prefix: string
  readonly suffix: string
}

function matchesWildcard({ prefix, suffix }: Wildcard, origin: string): boolean {
  return origin.startsWith(prefix) && origin.endsWith(suffix)
}

function wildcardText({ prefix, suffix }: Wildcard): string {
  return `${prefix}*${suffix}`
}

function resolveExact(entry: string): string {
  const origin = parseOrigin(toAscii(entry))
  if (origin === undefined) throw invalid(entry, 'write it as https://example.com, without a path or a trailing slash')
  return origin
}

function resolveWildcard(entry: string): Wildcard {
  const [scheme = '', domain = ''] = entry.split('*.')
  const isWildcard = entry === `${scheme}*.${domain}` && scheme.endsWith('://') && !domain.includes('*')
  const origin = isWildcard ? parseOrigin(toAscii(`${scheme}${domain}`)) : undefined
  if (origin === undefined) {
    throw invalid(entry, "'*' stands for whole labels at the front, as in https://*.example.com")
  }
  const prefix = origin.slice(0, origin.indexOf('://') + 3)
  const host = origin.slice(prefix.length)
  const isTopLevel = !host.includes('.') && !/^localhost(:|$)/.test(host)
  if (isTopLevel || host.startsWith('[')) throw invalid(entry, 'a wildcard needs a domain below the top level')
  return { prefix, suffix: `.${host}` }
}

/** Writes the host as browsers send it, in punycode. */
function toAscii(origin: string): string {
  const parts = /^([^:/]+:\/\/)([^:/?#@[\]]+)(:[0-9]+)?$/.exec(origin)
  if (parts === null) return origin
  const [, scheme = '', host = '', port = ''] = parts
  return `${scheme}${domainToASCII(host)}${port}`
}

/** The whole origin must match, whatever the flags: without state between calls and without line anchors. */
function anchor(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gmy]/g, ''))
}

function invalid(entry: unknown, hint: string): SluiceError {
  return new SluiceError('ERR_INVALID_OPTION', `allowedOrigins: ${String(entry)} is not an origin: ${hint}`)
}
