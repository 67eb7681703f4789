import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { INPUT_NAMES } from '../src/coercion/compile-inputs.ts'
import { resolveDrainOptions } from '../src/drain-options.ts'
import { resolveBatchOptions } from '../src/handler/batch.ts'
import { compileMessages } from '../src/handler/message-options.ts'
import { resolveTurboOptions } from '../src/handler/turbo.ts'
import { resolveServerOptions } from '../src/options.ts'

const page = readFileSync(new URL('../../../docs/options.md', import.meta.url), 'utf8')

/** Those that hold others have no row of their own. */
const GROUPS = [
  'limits.inbox',
  'limits.backpressure',
  'limits.heartbeat',
  'limits.messageRate',
  'limits.controlFrameRate',
]

it('the options page has a row for each option, and none for what is no option', () => {
  const rows = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name)
  const names = [
    ...knownNames(resolveServerOptions, { nonsense: 1 }),
    ...knownNames(resolveServerOptions, { limits: { nonsense: 1 } }),
    ...knownNames(resolveServerOptions, { limits: { inbox: { nonsense: 1 } } }),
    ...knownNames(resolveServerOptions, { limits: { backpressure: { nonsense: 1 } } }),
    ...knownNames(resolveServerOptions, { limits: { messageRate: { nonsense: 1 } } }),
    ...knownNames(resolveServerOptions, { limits: { controlFrameRate: { nonsense: 1 } } }),
    ...knownNames(resolveServerOptions, { limits: { heartbeat: { nonsense: 1 } } }),
    ...knownNames(compileMessages, { nonsense: 1 }),
    ...knownNames(resolveServerOptions, { compression: { nonsense: 1 } }),
    ...knownNames(resolveDrainOptions, { nonsense: 1 }),
    ...knownNames(resolveBatchOptions, { nonsense: 1 }),
    ...knownNames(resolveTurboOptions as (options: object) => unknown, { mode: 'broadcast', nonsense: 1 }),
    ...INPUT_NAMES,
  ]
  expect(rows.sort()).toEqual(names.filter((name) => !GROUPS.includes(name)).sort())
})

/** The names that Sluice gives itself when it meets one that it does not know. */
function knownNames(resolve: (options: object) => unknown, options: object): string[] {
  try {
    resolve(options)
  } catch (error) {
    const [, group = '', names = ''] = /'([\w.]*)nonsense'; there are (.*)$/.exec((error as Error).message) ?? []
    return names.split(', ').map((name) => group + name)
  }
  throw new Error('nonsense was accepted')
}
