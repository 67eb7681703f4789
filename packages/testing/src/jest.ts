import { expect } from '@jest/globals'
import { matchers, type WebSocketMatchers } from './matchers.ts'

// An interface that is extended repeats its type parameters.
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends WebSocketMatchers<Promise<void>> {}
}

// Those who take `expect` from the globals of `@types/jest`.
declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: so it is declared there
    interface Matchers<R, T = {}> extends WebSocketMatchers<Promise<void>> {}
  }
}

expect.extend(matchers)
