import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * Gives a CommonJS build back the `import()` of optional packages that are published as ES modules only: the compiler makes a
 * `require()` of it, which they do not offer.
 */
export async function keepImports(
  commonJs: string,
  packageDirectory: string,
  packages: readonly string[],
): Promise<void> {
  const require = createRequire(join(packageDirectory, 'package.json'))
  const moduleOnly = packages.filter((name) => !isRequirable(require, name))
  for (const name of globSync('**/*.js', { cwd: commonJs, exclude: ['vendor/**'] })) {
    const file = join(commonJs, name)
    const source = await readFile(file, 'utf8')
    const kept = moduleOnly.reduce(
      (text, specifier) =>
        text.replaceAll(
          `Promise.resolve().then(() => __importStar(require('${specifier}')))`,
          `import('${specifier}')`,
        ),
      source,
    )
    if (kept !== source) await writeFile(file, kept)
  }
}

function isRequirable(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}
