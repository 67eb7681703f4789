import { globSync, readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Copies what is published as ES modules only into a CommonJS build, because Jest cannot `require()` an ES module. Each module
 * that the build requires, `name` or `name/entry`, becomes one file under `vendor/` that begins with its licence.
 */
export async function vendorModules(
  commonJs: string,
  packageDirectory: string,
  dependencies: readonly string[],
): Promise<void> {
  const require = createRequire(join(packageDirectory, 'package.json'))
  const foreign = dependencies.filter((dependency) => !dependency.startsWith('@sluice/'))
  for (const specifier of await findRequired(commonJs, foreign)) {
    const entry = require.resolve(specifier)
    const manifest = findPackageJSON(pathToFileURL(entry))
    if (manifest === undefined || !(await isModuleOnly(entry, manifest))) continue
    const vendored = join(commonJs, 'vendor', `${specifier}.js`)
    await bundle(entry, await readLicence(dirname(manifest)), vendored)
    await redirectRequires(commonJs, specifier, vendored)
  }
}

/** What the build requires of its dependencies. */
async function findRequired(commonJs: string, dependencies: readonly string[]): Promise<Set<string>> {
  const required = new Set<string>()
  for (const name of globSync('**/*.js', { cwd: commonJs })) {
    const source = await readFile(join(commonJs, name), 'utf8')
    for (const [, specifier = ''] of source.matchAll(/require\("([^"]+)"\)/g)) {
      if (dependencies.some((dependency) => `${specifier}/`.startsWith(`${dependency}/`))) required.add(specifier)
    }
  }
  return required
}

async function isModuleOnly(entry: string, manifest: string): Promise<boolean> {
  if (entry.endsWith('.mjs')) return true
  return entry.endsWith('.js') && JSON.parse(await readFile(manifest, 'utf8')).type === 'module'
}

async function readLicence(directory: string): Promise<string> {
  const [name] = readdirSync(directory).filter((file) => /^licen[cs]e/i.test(file))
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

async function redirectRequires(commonJs: string, specifier: string, vendored: string): Promise<void> {
  for (const name of globSync('**/*.js', { cwd: commonJs, exclude: ['vendor/**'] })) {
    const file = join(commonJs, name)
    const source = await readFile(file, 'utf8')
    const target = relative(dirname(file), vendored)
    const path = target.startsWith('.') ? target : `./${target}`
    const redirected = source.replaceAll(`require("${specifier}")`, `require("${path}")`)
    if (redirected !== source) await writeFile(file, redirected)
  }
}
