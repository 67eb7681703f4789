import { CLOSING } from './cases/closing.ts'
import { CREDENTIALS } from './cases/credentials.ts'
import { GUARDS } from './cases/guards.ts'
import { HANDSHAKE } from './cases/handshake.ts'
import { MESSAGES } from './cases/messages.ts'
import { ORIGIN } from './cases/origin.ts'
import { PARAMS } from './cases/params.ts'
import type { Cases } from './matrix.ts'

/** The threats that have to be met alike wherever an app is reached, with the ids in their names. */
export const TABLE: Cases = { ...HANDSHAKE, ...ORIGIN, ...CREDENTIALS, ...GUARDS, ...PARAMS, ...MESSAGES, ...CLOSING }

/** Threats of which no case can differ by transport or engine, and why. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'PA-05': 'such a path cannot be declared: the error comes at start-up, before there is a connection',
}
