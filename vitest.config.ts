import { defineConfig } from 'vitest/config'

const SOURCE = '@sluice/source'

export default defineConfig({
  resolve: { conditions: [SOURCE, 'node'] },
  ssr: { resolve: { conditions: [SOURCE, 'node'] } },
  test: {
    include: ['{packages/*/test,examples,bench,conformance,stress}/**/*.test.ts', 'test/*.test.ts'],
    typecheck: {
      enabled: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      // Errors outside the type tests are for `pnpm types`.
      ignoreSourceErrors: true,
    },
    pool: 'forks',
    // A fresh process for each file costs more than the tests: a test leaves its process as it found it.
    isolate: false,
    // Worker threads and forked processes that a test starts run on source too.
    execArgv: [`--conditions=${SOURCE}`],
    // Long enough for a busy machine: a timeout is for a test that hangs.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    retry: 0,
  },
})
