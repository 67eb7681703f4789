/** Packs each built package as npm would publish it, and checks the tarballs. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { capture, runOrThrow } from './run.ts'
import { ROOT, readPackages, TARBALLS } from './workspace.ts'

const filters = readPackages().flatMap(({ manifest }) => ['--filter', manifest.name])
await runOrThrow('pnpm', ['--silent', '--recursive', ...filters, 'pack', '--pack-destination', TARBALLS], { cwd: ROOT })

for (const name of globSync('*.tgz', { cwd: TARBALLS }).sort()) {
  const tarball = join(TARBALLS, name)
  const checks = [
    contentProblems(tarball),
    toolProblems('publint', ['--strict', tarball]),
    // Resolution node10 knows no `exports`, so that no subpath can work in it.
    toolProblems('attw', ['--profile', 'node16', '--format', 'ascii', tarball]),
  ]
  const problems = (await Promise.all(checks)).flat()
  console.log(problems.length === 0 ? `${name}: clean` : `${name}:\n${problems.join('\n')}`)
  if (problems.length > 0) process.exitCode = 1
}

async function contentProblems(tarball: string): Promise<string[]> {
  const files = (await capture('tar', ['-tzf', tarball])).output.trim().split('\n')
  const manifest = await capture('tar', ['-xzOf', tarball, 'package/package.json'])
  const problems = files.filter((file) => /\/(src|test)\/|\.test\./.test(file)).map((file) => `holds ${file}`)
  for (const name of ['LICENSE', 'README.md']) {
    if (!files.includes(`package/${name}`)) problems.push(`holds no ${name}`)
  }
  if (manifest.output.includes('@sluice/source')) problems.push('publishes the @sluice/source condition')
  return problems
}

async function toolProblems(program: string, args: string[]): Promise<string[]> {
  const { code, output } = await capture(program, args)
  return code === 0 ? [] : [output]
}
