import type { Inputs } from '../coercion/compile-inputs.ts'
import type { InputName } from '../coercion/input.ts'

/** What a route says about itself. */
export interface RouteDescription {
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly tags: readonly string[]
  readonly hidden: boolean
}

/** The schema of a route in Fastify's form, which `@fastify/swagger` and its kind read. */
export function routeSchema(
  { summary, description, tags, hidden }: RouteDescription,
  inputs: Inputs,
): Record<string, unknown> {
  const described = inputs.flatMap(({ kind, jsonSchema }) =>
    jsonSchema === null ? [] : [[FASTIFY_NAMES[kind.name], jsonSchema]],
  )
  return {
    hide: hidden,
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...(tags.length > 0 && { tags }),
    ...Object.fromEntries(described),
  }
}

const FASTIFY_NAMES: Readonly<Record<InputName, string>> = {
  params: 'params',
  query: 'querystring',
  headers: 'headers',
  cookies: 'cookies',
}

/** Fastify would validate what it finds in the schema of a route: before authentication, by other rules, and with an answer of its own. */
export function acceptEverything(): () => true {
  return () => true
}
