import { SluiceError } from '../errors.ts'
import { compileSchema } from '../schema/compile-schema.ts'
import type { Schema } from '../schema/schema.ts'
import type { Validate, Validation } from '../schema/validation.ts'

/** Validates one message, at once. */
export type MessageCheck = (value: unknown) => Validation

/** Compiles `messages.receive`: gives what the schema makes of a message. @throws SluiceError `ERR_INVALID_OPTION` */
export function compileReceivedCheck(schema: Schema): MessageCheck {
  return atOnce(compileSchema(schema), 'receive')
}

/** Compiles `messages.send`: only checks, and leaves the value as it is. @throws SluiceError `ERR_INVALID_OPTION` */
export function compileSentCheck(schema: Schema): MessageCheck {
  return atOnce(compileSchema(schema, { decode: false }), 'send')
}

/** A message that waits for its schema would hold up those behind it, or be overtaken by them. */
function atOnce(validate: Validate, name: 'receive' | 'send'): MessageCheck {
  return (value) => {
    const validation = validate(value)
    if ('ok' in validation) return validation
    validation.then(undefined, () => {})
    throw new SluiceError(
      'ERR_INVALID_OPTION',
      `messages.${name} validates asynchronously, which a message cannot wait for`,
    )
  }
}
