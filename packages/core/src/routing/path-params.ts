import type { Converter } from '../coercion/converter.ts'
import type { BUILT_IN_CONVERTERS } from '../coercion/converters.ts'

/**
 * The types of your own converters, by name. Augment it beside the `converters` option:
 *
 * @example
 * declare module '@sluice/core' {
 *   interface CustomConverters { hex: number }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: an alias could not be augmented
export interface CustomConverters {}

/**
 * The parameters of a path template, typed from its text alone.
 *
 * @example
 * type Params = PathParams<'/ws/user/{user_id:int}/channel/{channel_id}'>
 * // { readonly user_id: number; readonly channel_id: string }
 */
export type PathParams<Path extends string> = Path extends string
  ? { readonly [Segment in Segments<Path> as NameOf<Segment>]: ValueOf<Segment> }
  : never

/** The segments as a union. Of a path that is not a literal it is `string`, and the parameters have any name. */
type Segments<Path extends string, Found extends string = never> = Path extends `${infer Segment}/${infer Rest}`
  ? Segments<Rest, Found | Segment>
  : Found | Path

type NameOf<Segment extends string> = string extends Segment
  ? string
  : Segment extends `{${infer Inside}}`
    ? Inside extends `${infer Name}:${string}`
      ? Name
      : Inside
    : Segment extends `:${infer Name}`
      ? Name
      : Segment extends '*'
        ? '*'
        : never

type ValueOf<Segment extends string> = string extends Segment
  ? unknown
  : Segment extends `{${string}:${infer Name}}`
    ? ConvertedBy<Name>
    : string

type ConvertedBy<Name extends string> = Name extends keyof BuiltInConverters
  ? BuiltInConverters[Name]
  : Name extends `enum(${infer Members})`
    ? MembersOf<Members>
    : Name extends keyof CustomConverters
      ? CustomConverters[Name]
      : unknown

type BuiltInConverters = {
  [Name in keyof typeof BUILT_IN_CONVERTERS]: (typeof BUILT_IN_CONVERTERS)[Name] extends Converter<infer Value>
    ? Value
    : never
}

type MembersOf<Text extends string, Found extends string = never> = Text extends `${infer Member},${infer Rest}`
  ? MembersOf<Rest, Found | Member>
  : Found | Text
