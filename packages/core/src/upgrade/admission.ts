import { chooseSubprotocol } from '@sluice/protocol'
import type { FastifyRequest } from 'fastify'
import { coerceParams } from '../coercion/coerce-params.ts'
import type { PathTemplate } from '../routing/path-template.ts'
import { createDenial, DenialError } from '../security/denial.ts'

export interface TypedParams {
  readonly params: Readonly<Record<string, unknown>>
  readonly rawParams: Readonly<Record<string, string>>
}

/** Coerces the params of a request. @throws DenialError with every field that is wrong */
export function readParams(template: PathTemplate, request: FastifyRequest): TypedParams {
  const coerced = coerceParams(template, request.params as Record<string, string | undefined>)
  if (coerced.ok) return coerced
  throw new DenialError(createDenial('ERR_INVALID_PARAMS', { detail: coerced.errors }))
}

/** The subprotocols that a route speaks. */
export interface SubprotocolRules {
  /** In the server's order of preference. */
  readonly subprotocols: readonly string[]
  readonly requireSubprotocol: boolean
}

/** What the client offered that is no credential, and the server's choice among it. */
export interface SubprotocolChoice {
  readonly offered: readonly string[]
  readonly chosen: string | null
}

export function chooseAmong({ subprotocols }: SubprotocolRules, offered: readonly string[]): SubprotocolChoice {
  return { offered, chosen: chooseSubprotocol(subprotocols, offered) ?? null }
}
