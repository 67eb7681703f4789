type Disposer = { [Symbol.asyncDispose]?: () => unknown; [Symbol.dispose]?: () => unknown }

/** Whether a value asks to be disposed of, as `using` and `await using` read it. */
export function isDisposable(value: unknown): value is Disposer {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const { [Symbol.asyncDispose]: asynchronous, [Symbol.dispose]: synchronous } = value as Disposer
  return typeof asynchronous === 'function' || typeof synchronous === 'function'
}

/** Disposes of a value, asynchronously where it can. */
export async function dispose(value: Disposer): Promise<void> {
  if (typeof value[Symbol.asyncDispose] === 'function') await value[Symbol.asyncDispose]?.()
  else value[Symbol.dispose]?.()
}
