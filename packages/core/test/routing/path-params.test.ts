import { describe, expectTypeOf, it } from 'vitest'
import type { PathParams } from '../../src/routing/path-params.ts'

declare module '../../src/routing/path-params.ts' {
  interface CustomConverters {
    hexOfThisTest: bigint
  }
}

/** The shape of `api.websocket`: the handler's parameters come from the path literal alone. */
declare function websocket<Path extends string>(
  path: Path,
  handler: (ws: unknown, params: PathParams<Path>) => void,
): void

describe('PathParams', () => {
  it('types each built-in converter', () => {
    expectTypeOf<PathParams<'/{p}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/:p'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:str}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:int}'>>().toEqualTypeOf<{ readonly p: number }>()
    expectTypeOf<PathParams<'/{p:float}'>>().toEqualTypeOf<{ readonly p: number }>()
    expectTypeOf<PathParams<'/{p:bool}'>>().toEqualTypeOf<{ readonly p: boolean }>()
    expectTypeOf<PathParams<'/{p:uuid}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:date}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:time}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:datetime}'>>().toEqualTypeOf<{ readonly p: Date }>()
    expectTypeOf<PathParams<'/{p:decimal}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:path}'>>().toEqualTypeOf<{ readonly p: string }>()
    expectTypeOf<PathParams<'/{p:enum(a,b,c)}'>>().toEqualTypeOf<{ readonly p: 'a' | 'b' | 'c' }>()
    expectTypeOf<PathParams<'/{p:enum(only)}'>>().toEqualTypeOf<{ readonly p: 'only' }>()
    expectTypeOf<PathParams<'/files/*'>>().toEqualTypeOf<{ readonly '*': string }>()
  })

  it('types several parameters and no others', () => {
    expectTypeOf<PathParams<'/ws/user/{user_id:int}/channel/{channel_id}'>>().toEqualTypeOf<{
      readonly user_id: number
      readonly channel_id: string
    }>()
    expectTypeOf<PathParams<'/:a/{b:bool}/x/{c:enum(on,off)}/{rest:path}'>>().toEqualTypeOf<{
      readonly a: string
      readonly b: boolean
      readonly c: 'on' | 'off'
      readonly rest: string
    }>()
    expectTypeOf<keyof PathParams<'/ws/echo'>>().toEqualTypeOf<never>()
    expectTypeOf<keyof PathParams<'/'>>().toEqualTypeOf<never>()
    expectTypeOf<PathParams<'/ws/{id:int}/'>>().toEqualTypeOf<{ readonly id: number }>()
  })

  it('types a converter of your own by CustomConverters, and one that is not declared there as unknown', () => {
    expectTypeOf<PathParams<'/{p:hexOfThisTest}'>>().toEqualTypeOf<{ readonly p: bigint }>()
    expectTypeOf<PathParams<'/{p:undeclared}'>>().toEqualTypeOf<{ readonly p: unknown }>()
  })

  it('knows of a path that is not a literal only that any name may be in it', () => {
    expectTypeOf<PathParams<string>>().toEqualTypeOf<{ readonly [name: string]: unknown }>()
    expectTypeOf<PathParams<`/ws/${string}`>>().toEqualTypeOf<{ readonly [name: string]: unknown }>()
  })

  it('keeps the parameters of two paths apart', () => {
    expectTypeOf<PathParams<'/{a:int}' | '/{b}'>>().toEqualTypeOf<{ readonly a: number } | { readonly b: string }>()
  })

  it('takes a path of forty segments', () => {
    type Ten = '/{a:int}/b/c/d/e/f/g/h/i/j'
    expectTypeOf<PathParams<`${Ten}${Ten}${Ten}${Ten}/{last:bool}`>>().toEqualTypeOf<{
      readonly a: number
      readonly last: boolean
    }>()
  })

  it("types a handler's second argument", () => {
    const register = (): void => {
      websocket('/ws/user/{user_id:int}/channel/{channel_id}', (_ws, { user_id, channel_id }) => {
        expectTypeOf(user_id).toBeNumber()
        expectTypeOf(channel_id).toBeString()
      })
      websocket('/ws/echo', () => undefined)
      websocket('/ws/{mode:enum(read,write)}', (_ws, { mode }) => {
        expectTypeOf(mode).toEqualTypeOf<'read' | 'write'>()
        // @ts-expect-error: no member of the enum
        return mode === 'delete'
      })
    }
    expectTypeOf(register).toBeFunction()
  })

  it('makes a missing or misspelt name and a wrong type a compile error', () => {
    const register = (): void => {
      // @ts-expect-error: misspelt
      websocket('/ws/{user_id:int}', (_ws, { userId }) => userId)
      // @ts-expect-error: not in the path
      websocket('/ws/{user_id:int}', (_ws, { user_id, channel_id }) => [user_id, channel_id])
      // @ts-expect-error: a path without parameters
      websocket('/ws/echo', (_ws, { room }) => room)
      // @ts-expect-error: a number, not a string
      websocket('/ws/{user_id:int}', (_ws, params: { user_id: string }) => params)
      // @ts-expect-error: a parameter is not assigned to
      websocket('/ws/{user_id:int}', (_ws, params) => (params.user_id = 1))
      // @ts-expect-error: unknown until CustomConverters declares it
      websocket('/ws/{color:undeclared}', (_ws, { color }) => color.length)
    }
    expectTypeOf(register).toBeFunction()
  })
})
