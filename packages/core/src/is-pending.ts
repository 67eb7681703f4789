/** Whether an answer is still to come. Knows promises that are not Node's own: of query builders, of a test runner's realm. */
export function isPending<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function'
}
