/** One reason why a value does not fit. */
export interface SchemaIssue {
  /** The keys that lead to the part that is wrong. */
  readonly path: readonly PropertyKey[]
  /** May quote the value: cut and escape it before a peer or a log sees it. */
  readonly message: string
  /** Machine-readable: `missing`, `int_type`, `greater_than_equal` and so on; `invalid` where the library has no such word. */
  readonly type: string
}

export type Validation<Output = unknown> =
  | { readonly ok: true; readonly value: Output }
  /** At least one issue, and no more than `MAX_ISSUES`. */
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] }

/** Answers at once unless the schema has a rule that is asynchronous. Takes the value over: it may write into it. */
export type Validate<Output = unknown> = (value: unknown) => Validation<Output> | Promise<Validation<Output>>

/** More issues than this are cut off: a hostile value must not be answered by one many times its size. */
export const MAX_ISSUES = 64

export interface CompileOptions {
  /** False leaves the codecs of TypeBox out, which write into the value: it is only checked. A Standard Schema copies. */
  readonly decode: boolean
}
