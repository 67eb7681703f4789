import { parse as parseCookies } from 'cookie'
import type { FastifyRequest } from 'fastify'
import { createRecord, type InputName, type InputTexts } from '../coercion/input.ts'
import type { UpgradeContext } from '../security/stage.ts'

/** What no error may show. */
export interface SecretNames {
  readonly query: ReadonlySet<string>
  readonly headers: ReadonlySet<string>
}

/** One part of an upgrade request, to be read by a schema. */
export function textsOf(name: InputName, context: UpgradeContext, secret: SecretNames): InputTexts {
  // What the stages know as an upgrade request is Fastify's.
  const request = context.request as FastifyRequest
  switch (name) {
    case 'params':
      return recordTexts(context.params, () => false)
    case 'query':
      return recordTexts(request.query as Record<string, unknown>, (key) => secret.query.has(key))
    case 'cookies':
      // Most cookies are sessions.
      return recordTexts(parseCookies(request.headers.cookie ?? ''), () => true)
    case 'headers':
      return headerTexts(request, secret.headers)
  }
}

function recordTexts(record: Readonly<Record<string, unknown>>, isSecret: InputTexts['isSecret']): InputTexts {
  const valueUnder = (name: string) => (Object.hasOwn(record, name) ? record[name] : undefined)
  return {
    one(name) {
      const value = valueUnder(name)
      return Array.isArray(value) ? value.at(-1) : value
    },
    all(name) {
      const value = valueUnder(name)
      if (Array.isArray(value)) return value
      return value === undefined ? [] : [value]
    },
    names: () => Object.keys(record),
    record: () => createRecord(record),
    isSecret,
  }
}

function headerTexts({ headers, raw }: FastifyRequest, secret: ReadonlySet<string>): InputTexts {
  const texts = recordTexts(headers, (name) => secret.has(name))
  return {
    ...texts,
    // Node joins the values of most headers to one text, as HTTP allows (RFC 9110 section 5.3).
    all: (name) => raw.headersDistinct[name] ?? [],
    record() {
      const record = createRecord(headers)
      for (const [name, value] of Object.entries(headers)) record[name.replaceAll('-', '_')] ??= value
      return record
    },
  }
}
