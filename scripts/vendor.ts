import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Copies the dependencies that are published as ES modules only into a CommonJS build, because Jest cannot `require()`
 * an ES module. Each becomes one file under `vendor/` that begins with its licence.
 */
export async function vendorModules(
  commonJs: string,
  packageDirectory: string,
  dependencies: readonly string[],
): Promise<void> {
  const require = createRequire(join(packageDirectory, 'package.json'))
  for (const dependency of dependencies) {
    if (dependency.startsWith('@sluice/')) continue
    const entry = require.resolve(dependency)
    const manifest = findPackageJSON(pathToFileURL(entry))
    if (manifest === undefined || !(await isModuleOnly(entry, manifest))) continue
    const vendored = join(commonJs, 'vendor', `${dependency}.js`)
    await bundle(entry, await readLicence(dirname(manifest)), vendored)
    await redirectRequires(commonJs, dependency, vendored)
  }
}

async function isModuleOnly(entry: string, manifest: string): Promise<boolean> {
  if (entry.endsWith('.mjs')) return true
  return entry.endsWith('.js') && JSON.parse(await readFile(manifest, 'utf8')).type === 'module'
}

async function readLicence(directory: string): Promise<string> {
  const [name] = globSync('{LICENSE,LICENCE}*', { cwd: directory })
  if (name === undefined) throw new Error(`${directory} has no licence to keep`)
  return readFile(join(directory, name), 'utf8')
}

async function bundle(entry: string, licence: string, vendored: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: vendored,
    banner: { js: `/*\n${licence.replaceAll('*/', '* /')}*/` },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    logLevel: 'warning',
  })
}

async function redirectRequires(commonJs: string, dependency: string, vendored: string): Promise<void> {
  for (const name of globSync('**/*.js', { cwd: commonJs, exclude: ['vendor/**'] })) {
    const file = join(commonJs, name)
    const source = await readFile(file, 'utf8')
    const target = relative(dirname(file), vendored)
    const specifier = target.startsWith('.') ? target : `./${target}`
    const redirected = source.replaceAll(`require("${dependency}")`, `require("${specifier}")`)
    if (redirected !== source) await writeFile(file, redirected)
  }
}
