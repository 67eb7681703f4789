/** Goes on with an answer at once, or when it comes: a promise is made only where there was one. */
export function later<T, R>(answer: T | Promise<T>, next: (answer: T) => R | Promise<R>): R | Promise<R> {
  return isPromise(answer) ? answer.then(next) : next(answer)
}

function isPromise<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function'
}
