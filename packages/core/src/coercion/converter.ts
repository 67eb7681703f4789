/** Turns the text of one path parameter into a value, or says no. */
export interface Converter<T = unknown> {
  /** What a path template calls it: the `int` of `{user_id:int}`. */
  readonly name: string
  /** The `type` of the field error when the text is refused, such as `int_parsing`. */
  readonly type: string
  /** The `msg` of that field error. */
  readonly message: string
  /** `undefined` means that the text is not one of these. Never throws; takes time linear in the text. */
  parse(text: string): T | undefined
}

/** Every converter that path templates of one server may name. */
export type ConverterTable = ReadonlyMap<string, Converter>
