import { expect } from 'vitest'
import { matchers, type WebSocketMatchers } from './matchers.ts'

declare module 'vitest' {
  // An interface that is extended repeats its type parameters.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends WebSocketMatchers<Promise<void>> {}
}

expect.extend(matchers)
