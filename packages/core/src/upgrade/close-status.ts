/** The HTTP status that stands for a close code when the connection was never open. */
export function statusOfCloseCode(code: number): number {
  return STATUSES[code] ?? 403
}

const STATUSES: Readonly<Record<number, number>> = {
  1008: 403,
  1011: 500,
  1012: 503,
  1013: 503,
  4400: 400,
  4401: 401,
  4403: 403,
  4404: 404,
  4409: 409,
  4422: 422,
  4429: 429,
  4503: 503,
}
