/** What is legal and dangerous: found when the app starts, logged once, silenced one by one with `silenceWarnings`. */
export const WARNINGS = {
  SLUICE_WARN_ANY_ORIGIN_WITH_COOKIES:
    "Any origin is allowed on a route that authenticates by cookie: every website can open it in a visitor's name.",
  SLUICE_WARN_CORS_WITH_COOKIES:
    "allowedOrigins: 'cors' on a route that authenticates by cookie: if @fastify/cors allows every origin, so does the route.",
  SLUICE_WARN_COOKIES_WITHOUT_ORIGIN:
    'requireOrigin is false on a route that authenticates by cookie: a request without Origin may use the cookie.',
  SLUICE_WARN_NULL_ORIGIN: "The origin 'null' is allowed: every sandboxed frame and local file has it.",
  SLUICE_WARN_INSECURE_ORIGIN: 'An allowed origin is plain http: whoever sits on the network can speak for it.',
  SLUICE_WARN_AUTH_WITHOUT_GUARD: 'A route has authentication but no guards: it is open to anonymous peers.',
  SLUICE_WARN_GUARD_WITHOUT_AUTH: 'A route has a guard that needs authentication, but no backend: nobody can pass it.',
  SLUICE_WARN_UNREACHABLE_GUARD: 'A guard stands behind allowAny() in its list: it is never asked.',
  SLUICE_WARN_FORGEABLE_LIMIT_KEY:
    "The only rate limit of a route counts by a header of the client's choosing: a new value is a new allowance.",
  SLUICE_WARN_FORGEABLE_ADDRESS:
    'trustProxy is true: the client address that rate limits count by is whatever the client claims. Name the proxies instead.',
  SLUICE_WARN_QUERY_CREDENTIALS:
    'Credentials may come in the query string, which proxies, browsers and servers write to their logs.',
  SLUICE_WARN_NO_EXPIRY_REQUIRED: 'A JWT without exp is accepted: once leaked, it is good for ever.',
  SLUICE_WARN_SHORT_SECRET:
    'An HMAC secret is shorter than the hash it keys: it can be guessed offline (RFC 7518, 3.2).',
  SLUICE_WARN_SHORT_HEARTBEAT_TIMEOUT:
    'A heartbeat waits less than a tenth of its interval: peers on a slow network are cut though they are there.',
} as const

export type WarningCode = keyof typeof WARNINGS
