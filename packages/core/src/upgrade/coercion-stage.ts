import type { Inputs } from '../coercion/compile-inputs.ts'
import type { FieldError } from '../coercion/field-error.ts'
import { createRecord, type InputName, type InputResult } from '../coercion/input.ts'
import { isPending } from '../is-pending.ts'
import { createDenial, DenialError } from '../security/denial.ts'
import { denied, PASSED, type Stage, type UpgradeContext, type Verdict } from '../security/stage.ts'
import { type SecretNames, textsOf } from './input-texts.ts'

/**
 * Reads the params, unless a guard has already, and what the route has schemas for. Every field that is wrong is told at once.
 * @param secret names of what holds credentials
 */
export function createCoercionStage(inputs: Inputs, secret: SecretNames): Stage {
  if (inputs.length === 0) return readParams
  return (context) => {
    const path = refusedParams(context)
    // A schema of params is for params that the converters have read.
    const wanted = path.length === 0 ? inputs : inputs.filter(({ kind }) => kind.name !== 'params')
    const reading = wanted.map((input) => input.read(textsOf(input.kind.name, context, secret)))
    const names = wanted.map(({ kind }) => kind.name)
    return reading.some(isPending)
      ? Promise.all(reading).then((results) => decide(context, path, names, results))
      : decide(context, path, names, reading as readonly InputResult[])
  }
}

/** What they throw denies. */
const readParams: Stage = (context) => {
  void context.params
  return PASSED
}

function refusedParams(context: UpgradeContext): readonly FieldError[] {
  try {
    void context.params
    return []
  } catch (error) {
    if (error instanceof DenialError) return error.denial.detail as readonly FieldError[]
    throw error
  }
}

/** No answer names more fields than this. */
const MOST_ERRORS = 64

function decide(
  context: UpgradeContext,
  path: readonly FieldError[],
  names: readonly InputName[],
  results: readonly InputResult[],
): Verdict {
  const errors = [...path, ...results.flatMap((result) => (result.ok ? [] : result.errors))]
  if (errors.length > 0) return denied(createDenial('ERR_INVALID_PARAMS', { detail: errors.slice(0, MOST_ERRORS) }))
  const inputs: Partial<Record<InputName, Readonly<Record<string, unknown>>>> = {}
  for (const [index, result] of results.entries()) {
    const name = names[index] as InputName
    if (result.ok) inputs[name] = Object.freeze(name === 'params' ? above(context.params, result.value) : result.value)
  }
  context.inputs = inputs
  return PASSED
}

/** What a schema does not name stays what the path says. */
function above(params: object, value: object): Record<string, unknown> {
  return Object.assign(createRecord(params), value)
}
