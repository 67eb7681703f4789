import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('TC-02 leaves nothing behind that keeps the process alive', async () => {
  const script = fileURLToPath(new URL('support/connect-and-leave.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@sluice/source', script])

  expect(stdout.trim().split('\n')).toEqual(['memory', '404', 'socket', '404'])
})
