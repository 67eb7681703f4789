import { SluiceError } from '../errors.ts'
import type { PathTemplate } from '../routing/path-template.ts'
import { isStandardSchema, isTypeBoxSchema } from '../schema/schema.ts'
import type { JsonSchema } from '../schema/typebox-support.ts'
import { INPUT_KINDS, type Input, type InputName } from './input.ts'
import { createStandardInput } from './standard-input.ts'
import { createTypeBoxInput } from './typebox-input.ts'

/** The inputs of a route that have a schema. */
export type Inputs = readonly Input[]

export const INPUT_NAMES = Object.keys(INPUT_KINDS) as readonly InputName[]

/**
 * Prepares the schemas of a route.
 * @param schemas what the options `params`, `query`, `headers` and `cookies` hold
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function compileInputs(schemas: Readonly<Partial<Record<InputName, unknown>>>): Inputs {
  return INPUT_NAMES.flatMap((name) => (schemas[name] === undefined ? [] : [compileInput(name, schemas[name])]))
}

function compileInput(name: InputName, schema: unknown): Input {
  if (isStandardSchema(schema)) return createStandardInput(INPUT_KINDS[name], schema)
  if (isTypeBoxSchema(schema)) return createTypeBoxInput(INPUT_KINDS[name], schema as JsonSchema)
  throw new SluiceError('ERR_INVALID_OPTION', `option '${name}' must be a schema of TypeBox or a Standard Schema`)
}

/**
 * A schema can ask only for what its path has.
 * @throws SluiceError `ERR_INVALID_OPTION`
 */
export function assertParamsInPath(inputs: Inputs, { template, params }: PathTemplate): void {
  for (const name of inputs.find(({ kind }) => kind.name === 'params')?.names ?? []) {
    if (params.some((param) => param.name === name)) continue
    throw new SluiceError('ERR_INVALID_OPTION', `option 'params' has '${name}', which is not in the path '${template}'`)
  }
}
