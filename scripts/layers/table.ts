/** A row of the architecture: imports inside `packages/core/src` go down only. */
export interface Layer {
  readonly name: string
  /** Folders (ending in `/`) and files, relative to `packages/core/src`. */
  readonly holds: readonly string[]
  /** Names of the lower layers that it may import. Its own files may always import one another. */
  readonly imports: readonly string[]
  /** Modules that it may not import, not even a type. A trailing `/` covers everything below, `*` is every module. */
  readonly never: readonly string[]
  /** Modules of which it may import types only. */
  readonly typesOnly: readonly string[]
}

const FASTIFY = ['fastify', 'fastify-plugin', '@fastify/']
const SOCKETS = ['ws', 'node:net', 'node:tls', 'node:http', 'node:http2', 'node:https']
const PROTOCOL = '@sluice/protocol'

/** What the modules of sockets hold besides sockets: these names are values that any layer may use. */
export const PURE_NAMES: Readonly<Record<string, readonly string[]>> = {
  'node:http': ['METHODS', 'STATUS_CODES'],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
}

export const CORE_LAYERS: readonly Layer[] = [
  {
    name: 'words',
    holds: [
      'errors.ts',
      'close-codes.ts',
      'clock.ts',
      'is-pending.ts',
      'timer-queue.ts',
      'token-bucket.ts',
      'turn-clock.ts',
      'log.ts',
      'option-checks.ts',
      'run-hook.ts',
    ],
    imports: [],
    never: ['*'],
    typesOnly: [],
  },
  {
    name: 'schemas',
    holds: ['schema/'],
    imports: ['words'],
    never: [...FASTIFY, ...SOCKETS, PROTOCOL],
    typesOnly: [],
  },
  {
    name: 'decisions',
    holds: ['routing/', 'coercion/', 'security/'],
    imports: ['words', 'schemas'],
    never: [PROTOCOL],
    typesOnly: [...FASTIFY, ...SOCKETS],
  },
  {
    name: 'conversation',
    holds: ['connection/', 'codecs/'],
    imports: ['words', 'schemas'],
    never: [...FASTIFY, 'ws', PROTOCOL],
    typesOnly: [],
  },
  {
    name: 'audience',
    holds: ['rooms/'],
    imports: ['words', 'conversation'],
    never: [...FASTIFY, 'ws', PROTOCOL],
    typesOnly: [],
  },
  {
    name: 'wire',
    holds: ['engine/'],
    imports: ['words', 'conversation'],
    never: FASTIFY,
    typesOnly: [],
  },
  {
    name: 'flow',
    holds: ['upgrade/', 'dependencies/', 'handler/'],
    imports: ['words', 'schemas', 'decisions', 'conversation', 'audience', 'wire'],
    never: [],
    typesOnly: [],
  },
  {
    name: 'glue',
    holds: ['*.ts'],
    imports: ['words', 'schemas', 'decisions', 'conversation', 'audience', 'wire', 'flow'],
    never: [],
    typesOnly: [],
  },
]

/** The one file of `words` with an import: it re-exports what the protocol defines. */
export const CLOSE_CODES = { file: 'close-codes.ts', imports: PROTOCOL }

/** Which workspace packages the sources of a package may import. */
export const PACKAGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  core: ['@sluice/protocol'],
  auth: ['@sluice/core', '@sluice/core/ports'],
  testing: ['@sluice/core', '@sluice/core/ports', '@sluice/core/internal', '@sluice/protocol'],
}
