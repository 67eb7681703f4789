import { MISSING, oneOfWords } from './typebox-issues.ts'
import { compileTypeBoxSchema } from './typebox-schema.ts'
import type { JsonSchema } from './typebox-support.ts'
import type { CompileOptions, Validation } from './validation.ts'

/** A union of objects that a literal in each of them tells apart. */
export interface DiscriminatedUnion {
  /** The property that holds the literal. */
  readonly discriminator: string
  readonly members: ReadonlyMap<unknown, JsonSchema>
}

/** Reads a union of TypeBox whose members have different literals in one property that none of them lacks. */
export function readDiscriminatedUnion({ anyOf = [] }: JsonSchema): DiscriminatedUnion | null {
  for (const discriminator of anyOf[0]?.required ?? []) {
    const literals = new Set(anyOf.map((member) => literalOf(member, discriminator)))
    if (literals.size !== anyOf.length || literals.has(undefined)) continue
    return {
      discriminator,
      members: new Map(anyOf.map((member) => [literalOf(member, discriminator), member])),
    }
  }
  return null
}

/**
 * Compiles each member by itself: only the one that is meant has to be looked at, and what is wrong is said of that one,
 * where a union can only say that none of them fits.
 */
export function compileDiscriminatedUnion(
  { discriminator, members }: DiscriminatedUnion,
  options: CompileOptions,
): (value: unknown) => Validation {
  const validators = new Map(
    Array.from(members, ([literal, member]) => [literal, compileTypeBoxSchema(member, options)] as const),
  )
  const unknownLiteral = oneOfWords([...members.keys()])
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, issues: [NO_OBJECT] }
    const literal = (value as Record<string, unknown>)[discriminator]
    const validate = validators.get(literal)
    if (validate !== undefined) return validate(value)
    return { ok: false, issues: [{ path: [discriminator], ...(literal === undefined ? MISSING : unknownLiteral) }] }
  }
}

const NO_OBJECT = { path: [], message: 'Input should be a valid object', type: 'object_type' } as const

function literalOf({ type, required = [], properties = {} }: JsonSchema, name: string): unknown {
  return type === 'object' && required.includes(name) ? properties[name]?.const : undefined
}
