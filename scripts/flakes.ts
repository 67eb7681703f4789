/**
 * Runs test files many times in a row, each time in a process of its own, and fails with the first run that does.
 * `node scripts/flakes.ts [how often] [files…]`
 */
import { capture } from './run.ts'
import { ROOT } from './workspace.ts'

const VIRTUAL_TIME = 'packages/core/test/conformance/virtual-time.test.ts'

const [times = '100', ...given] = process.argv.slice(2)
const files = given.length === 0 ? [VIRTUAL_TIME] : given

const seconds: number[] = []
for (let count = 1; count <= Number(times); count++) {
  const { code, output } = await capture('vitest', ['run', '--typecheck.enabled=false', ...files], {
    cwd: ROOT,
    env: { NO_COLOR: '1' },
  })
  if (code !== 0) throw new Error(`run ${count} of ${times} failed:\n${output}`)
  seconds.push(Number(/Duration\s+([\d.]+)s/.exec(output)?.[1]))
}

const [shortest, middle, longest] = [0, Math.floor(seconds.length / 2), -1].map((at) => seconds.sort(byValue).at(at))
console.log(`${times} runs passed, each in ${shortest} to ${longest} s, half of them in ${middle} s or less`)

function byValue(one: number, other: number): number {
  return one - other
}
