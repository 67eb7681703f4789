import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A schema of TypeBox 1.x, of its predecessor `@sinclair/typebox`, or of any library that speaks Standard Schema. */
export type Schema = TypeBoxSchema | LegacyTypeBoxSchema | StandardSchemaV1

/** What a schema gives: defaults filled in, codecs and transforms applied. */
export type OutputOf<S> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : S extends LegacyTypeBoxSchema
    ? S['static']
    : S extends TypeBoxSchema
      ? import('typebox', { with: { 'resolution-mode': 'import' }}).StaticDecode<S>
      : never

/** What a schema takes. */
export type InputOf<S> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<S>
  : S extends LegacyTypeBoxSchema
    ? S['static']
    : S extends TypeBoxSchema
      ? import('typebox', { with: { 'resolution-mode': 'import' }}).StaticEncode<S>
      : never

/** TypeBox's own `TSchema` has no property at all, so that anything is one. */
export type TypeBoxSchema = { readonly '~kind': string } | { readonly '~unsafe': unknown }

/** `@sinclair/typebox` 0.34, which carries its type in a property. */
export interface LegacyTypeBoxSchema {
  readonly static: unknown
  readonly params: unknown[]
}

export function isSchema(value: unknown): value is Schema {
  return isStandardSchema(value) || isTypeBoxSchema(value)
}

/** Schemas of ArkType are functions. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const { '~standard': standard } = value as Partial<StandardSchemaV1>
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}

export function isTypeBoxSchema(value: unknown): value is TypeBoxSchema {
  return typeof value === 'object' && value !== null && BRANDS.some((brand) => brand in value)
}

const BRANDS = ['~kind', '~unsafe', Symbol.for('TypeBox.Kind')] as const
