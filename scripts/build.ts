/** Builds every package that has an entry point: ES modules in `dist/esm`, CommonJS in `dist/cjs`, types in both. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keepImports } from './keep-imports.ts'
import { runOrThrow } from './run.ts'
import { vendorModules } from './vendor.ts'
import { type Package, ROOT, readPackages } from './workspace.ts'

const BUILD = join(ROOT, 'dist')

await rm(BUILD, { recursive: true, force: true })
// One compiler for all packages checks what they share once.
await Promise.all(
  ['tsconfig.build.json', 'tsconfig.commonjs.json'].map((project) => runOrThrow('tsc', ['-p', project], { cwd: ROOT })),
)
await Promise.all(readPackages().map(finishPackage))

async function finishPackage({ folder, directory, manifest }: Package): Promise<void> {
  const dist = join(directory, 'dist')
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist)
  for (const format of ['esm', 'cjs']) await rename(join(BUILD, format, folder, 'src'), join(dist, format))
  await writeFile(join(dist, 'cjs', 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)
  await vendorModules(join(dist, 'cjs'), directory, Object.keys(manifest.dependencies ?? {}))
  await keepImports(join(dist, 'cjs'), directory, Object.keys(manifest.peerDependencies ?? {}))
}
