import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import * as protocol from '../../src/index.ts'
import { examine } from './battery.ts'
import { buildFaultyCopy, FAULTS } from './faults.ts'

describe('faults', () => {
  const directories: string[] = []

  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true })
  })

  it('are not in the package', () => {
    expect(examine(protocol)).toEqual([])
  })

  it.each(FAULTS)('PR-01 are noticed: $name', async (fault) => {
    const directory = buildFaultyCopy(fault)
    directories.push(directory)
    const faulty = await import(/* @vite-ignore */ pathToFileURL(join(directory, 'index.ts')).href)
    expect(examine(faulty)).not.toEqual([])
  })

  it('are refused when the source has moved on', () => {
    const gone = { name: 'gone', file: 'opcode.ts', from: 'not in the file', to: '' }
    expect(() => buildFaultyCopy(gone)).toThrow('0 times')
  })
})
