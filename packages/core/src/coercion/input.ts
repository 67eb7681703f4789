import type { FieldError, FieldPlace } from './field-error.ts'

/** The parts of an upgrade request that a route can have a schema for, by the names of the options. */
export type InputName = 'params' | 'query' | 'headers' | 'cookies'

/** What distinguishes the parts from one another. */
export interface InputKind {
  readonly name: InputName
  readonly place: FieldPlace
  /** How the client writes a name that the schema has. */
  wireName(name: string): string
}

export const INPUT_KINDS: Readonly<Record<InputName, InputKind>> = {
  params: { name: 'params', place: 'path', wireName: (name) => name },
  query: { name: 'query', place: 'query', wireName: (name) => name },
  headers: { name: 'headers', place: 'header', wireName: (name) => name.toLowerCase().replaceAll('_', '-') },
  cookies: { name: 'cookies', place: 'cookie', wireName: (name) => name },
}

/** One part of one request, under the names that the client writes. */
export interface InputTexts {
  /** The value of a name, the last if there are several; undefined if there is none. */
  one(name: string): unknown
  all(name: string): readonly unknown[]
  names(): readonly string[]
  /** Everything, for a schema that reads it by itself: texts, and lists for names that are repeated. */
  record(): Readonly<Record<string, unknown>>
  /** Its value must not appear in an error. */
  isSecret(name: string): boolean
}

export type InputResult =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/** The schema of one part of the requests of a route, compiled. */
export interface Input {
  readonly kind: InputKind
  /** The names that the client writes, where the schema tells them. */
  readonly names: readonly string[] | null
  /** The same in JSON Schema, under the names that the client writes, for plugins that read the schemas of routes. */
  readonly jsonSchema: object | null
  /** Answers at once unless the schema is asynchronous. */
  read(texts: InputTexts): InputResult | Promise<InputResult>
}

/** What the schemas of a route made of one request. */
export type ReadInputs = Readonly<Partial<Record<InputName, Readonly<Record<string, unknown>>>>>

/** A result without a prototype, so that no name can reach or hide an inherited property. */
export function createRecord(properties: object): Record<string, unknown> {
  return Object.assign(Object.create(null), properties)
}
