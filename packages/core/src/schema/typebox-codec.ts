import { SluiceError } from '../errors.ts'
import type { JsonSchema } from './typebox-support.ts'

type Decode = (value: unknown) => unknown

/**
 * What applies the codecs of a schema to a value that fits it, or null where it has none.
 * TypeBox's own decoding converts and cleans first, and its module takes three times as long to load as that of the validator.
 * @throws SluiceError `ERR_INVALID_OPTION` for a codec where it is not known whether it applies, as in a union
 */
export function createDecoder(schema: JsonSchema): Decode | null {
  const inside = decoderInside(schema)
  const codec = schema['~codec']
  if (codec === undefined) return inside
  return inside === null ? (value) => codec.decode(value) : (value) => codec.decode(inside(value))
}

function decoderInside(schema: JsonSchema): Decode | null {
  for (const [keyword, part] of Object.entries(schema)) {
    if (keyword !== 'properties' && keyword !== 'items' && !LITERAL_KEYWORDS.has(keyword)) assertNoCodec(part, keyword)
  }
  if (schema.properties !== undefined) return propertiesDecoder(schema.properties)
  if (Array.isArray(schema.items)) return tupleDecoder(schema.items)
  return schema.items === undefined ? null : itemsDecoder(schema.items as JsonSchema)
}

function propertiesDecoder(properties: Readonly<Record<string, JsonSchema>>): Decode | null {
  const decoders = Object.entries(properties).flatMap(([name, property]) => {
    const decode = createDecoder(property)
    return decode === null ? [] : [{ name, decode }]
  })
  if (decoders.length === 0) return null
  return (value) => {
    const object = value as Record<string, unknown>
    for (const { name, decode } of decoders) if (Object.hasOwn(object, name)) object[name] = decode(object[name])
    return object
  }
}

function tupleDecoder(items: readonly JsonSchema[]): Decode | null {
  const decoders = items.map(createDecoder)
  if (decoders.every((decode) => decode === null)) return null
  return (value) => (value as unknown[]).map((item, index) => decoders[index]?.(item) ?? item)
}

function itemsDecoder(items: JsonSchema): Decode | null {
  const decode = createDecoder(items)
  return decode === null ? null : (value) => (value as unknown[]).map(decode)
}

function assertNoCodec(part: unknown, keyword: string): void {
  if (typeof part !== 'object' || part === null) return
  if ('~codec' in part) {
    throw new SluiceError('ERR_INVALID_OPTION', `a schema has a codec inside '${keyword}', where it cannot be applied`)
  }
  for (const inside of Object.values(part)) assertNoCodec(inside, keyword)
}

const LITERAL_KEYWORDS = new Set(['default', 'const', 'enum', 'examples'])
