import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkFile } from '../scripts/layers/check-file.ts'

const reasons = (file: string, source: string) => checkFile(file, source).map(({ reason }) => reason)
const core = (path: string, source: string) => reasons(`packages/core/src/${path}`, source)

describe('layers of core', () => {
  it.each([
    ['words', 'errors.ts', './security/denial.ts', 'decisions'],
    ['words', 'log.ts', './plugin.ts', 'glue'],
    ['decisions', 'routing/path-template.ts', '../connection/state.ts', 'conversation'],
    ['decisions', 'coercion/coerce-params.ts', '../handler/run-handler.ts', 'flow'],
    ['decisions', 'security/pipeline.ts', '../engine/engine.ts', 'wire'],
    ['conversation', 'connection/inbox.ts', '../security/denial.ts', 'decisions'],
    ['conversation', 'connection/inbox.ts', '../engine/engine.ts', 'wire'],
    ['audience', 'rooms/room.ts', '../routing/path-params.ts', 'decisions'],
    ['audience', 'rooms/room.ts', '../engine/engine.ts', 'wire'],
    ['wire', 'engine/engine.ts', '../security/denial.ts', 'decisions'],
    ['wire', 'engine/engine.ts', '../rooms/room.ts', 'audience'],
    ['flow', 'upgrade/accept.ts', '../options.ts', 'glue'],
    ['flow', 'handler/deep/run.ts', '../../options.ts', 'glue'],
  ])('%s: %s may not import %s', (layer, file, specifier, target) => {
    const reason = [`${specifier}: ${layer} may not import ${target}`]
    expect(core(file, `import { a } from '${specifier}'`)).toEqual(reason)
    expect(core(file, `import type { A } from '${specifier}'`)).toEqual(reason)
    expect(core(file, `export * from '${specifier}'`)).toEqual(reason)
    expect(core(file, `export type { A } from '${specifier}'`)).toEqual(reason)
    expect(core(file, `const a = await import('${specifier}')`)).toEqual(reason)
    expect(core(file, `type A = import('${specifier}').A`)).toEqual(reason)
  })

  it.each([
    ['words', 'clock.ts', 'node:timers'],
    ['words', 'errors.ts', '@sluice/protocol'],
    ['decisions', 'security/pipeline.ts', '@sluice/protocol'],
    ['conversation', 'connection/inbox.ts', 'fastify'],
    ['conversation', 'connection/inbox.ts', '@fastify/websocket'],
    ['conversation', 'connection/inbox.ts', 'ws'],
    ['conversation', 'connection/inbox.ts', '@sluice/protocol'],
    ['audience', 'rooms/room.ts', 'fastify'],
    ['audience', 'rooms/room.ts', 'ws'],
    ['wire', 'engine/engine.ts', 'fastify'],
  ])('%s: %s may not import %s, not even a type', (layer, file, module) => {
    const reason = [`${module}: ${layer} may not import it`]
    expect(core(file, `import { a } from '${module}'`)).toEqual(reason)
    expect(core(file, `import type { A } from '${module}'`)).toEqual(reason)
  })

  it.each(['fastify', '@fastify/rate-limit', 'ws', 'node:http', 'node:net', 'node:tls'])(
    'decisions: types of %s, but no value',
    (module) => {
      expect(core('security/pipeline.ts', `import type { A } from '${module}'`)).toEqual([])
      expect(core('security/pipeline.ts', `import a from '${module}'`)).toEqual([
        `${module}: decisions may import its types only`,
      ])
    },
  )

  it('decisions: values of node:http and node:net that are no sockets', () => {
    expect(core('security/denial.ts', `import { STATUS_CODES } from 'node:http'`)).toEqual([])
    expect(core('security/peer.ts', `import { isIPv6 } from 'node:net'`)).toEqual([])
    expect(core('security/peer.ts', `import { connect, isIPv6 } from 'node:net'`)).toHaveLength(1)
  })

  it.each([
    ['close-codes.ts', `export { CloseCode } from '@sluice/protocol'`],
    ['errors.ts', `import { CloseCode } from './close-codes.ts'`],
    ['security/origin.ts', `import { createDenial } from './denial.ts'`],
    ['security/origin.ts', `import type { PathTemplate } from '../routing/path-template.ts'`],
    ['rooms/room.ts', `import type { Transport } from '../connection/transport.ts'`],
    ['engine/frame-engine.ts', `import { Parser } from '@sluice/protocol'`],
    ['engine/ws-engine.ts', `import { WebSocketServer } from 'ws'`],
    ['upgrade/accept.ts', `import { createEngine } from '../engine/engine.ts'`],
    ['handler/options.ts', `import { limits } from './options.ts'`],
    ['plugin.ts', `import { runHandler } from './handler/run-handler.ts'`],
    ['errors.ts', `/** import { a } from './plugin.ts' */ export const text = "from './plugin.ts'"`],
  ])('%s: %s', (file, source) => expect(core(file, source)).toEqual([]))

  it('refuses a file that no layer holds', () => {
    expect(core('metrics/counters.ts', '')).toEqual(['belongs to no layer'])
  })
})

describe('packages', () => {
  it.each([
    ['packages/core/src/plugin.ts', '@sluice/testing', 'packages/core may not depend on it'],
    ['packages/protocol/src/frame.ts', '@sluice/core', 'packages/protocol may not depend on it'],
    ['packages/auth/src/jwt.ts', '@sluice/protocol', 'packages/auth may not depend on it'],
    ['packages/auth/src/jwt.ts', '@sluice/core/internal', 'is for @sluice/testing alone'],
    ['packages/auth/test/jwt.test.ts', '@sluice/core/internal', 'is for @sluice/testing alone'],
    ['examples/chat/main.ts', '@sluice/core/internal', 'is for @sluice/testing alone'],
    ['packages/client/src/index.ts', '@sluice/core', 'packages/client has no row in the table of packages'],
    [
      'packages/auth/src/jwt.ts',
      '../../core/src/errors.ts',
      'no file of another package may be imported, only its entry points',
    ],
    [
      'bench/src/main.ts',
      '../../packages/core/src/errors.ts',
      'no file of another package may be imported, only its entry points',
    ],
  ])('%s may not import %s', (file, specifier, reason) => {
    expect(reasons(file, `import type { A } from '${specifier}'`)).toEqual([`${specifier}: ${reason}`])
  })

  it.each([
    ['packages/testing/src/index.ts', '@sluice/core/internal'],
    ['packages/testing/test/client.test.ts', '@sluice/core/internal'],
    ['packages/auth/src/jwt.ts', '@sluice/core/ports'],
    ['packages/core/test/plugin.test.ts', '@sluice/testing'],
    ['packages/core/test/plugin.test.ts', '../src/plugin.ts'],
    ['examples/chat/main.ts', '@sluice/core'],
  ])('%s may import %s', (file, specifier) => {
    expect(reasons(file, `import { a } from '${specifier}'`)).toEqual([])
  })
})

describe('the command', () => {
  it('fails on a forbidden import and names file and line', async () => {
    await using tree = await createTree({
      'packages/core/src/rooms/room.ts': `export {}\nimport type { Denial } from '../security/denial.ts'\n`,
    })
    const outcome = promisify(execFile)(process.execPath, ['scripts/layers.ts', tree.root])
    await expect(outcome).rejects.toMatchObject({
      code: 1,
      stderr: 'packages/core/src/rooms/room.ts:2 ../security/denial.ts: audience may not import decisions\n',
    })
  })
})

async function createTree(files: Record<string, string>): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-layers-'))
  for (const [name, source] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), source)
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) }
}
