import { posix } from 'node:path'
import { type Import, readImports } from './imports.ts'
import { CLOSE_CODES, CORE_LAYERS, type Layer, PACKAGE_IMPORTS, PURE_NAMES } from './table.ts'

/** An import that the architecture forbids, or a file that it does not place. */
export interface Violation {
  /** Relative to the root of the repository. */
  readonly file: string
  readonly line: number
  readonly reason: string
}

const CORE_SOURCES = 'packages/core/src/'

/**
 * Checks the imports of one file.
 *
 * @param file - Its path from the root of the repository, with forward slashes.
 */
export function checkFile(file: string, source: string): Violation[] {
  const layer = file.startsWith(CORE_SOURCES) ? layerOf(file.slice(CORE_SOURCES.length)) : undefined
  if (file.startsWith(CORE_SOURCES) && layer === undefined) return [{ file, line: 1, reason: 'belongs to no layer' }]

  return readImports(file, source).flatMap((imported) => {
    const reason = packageReason(file, imported) ?? (layer && layerReason(file, layer, imported))
    return reason === undefined ? [] : [{ file, line: imported.line, reason: `${imported.specifier}: ${reason}` }]
  })
}

function layerOf(path: string): Layer | undefined {
  return CORE_LAYERS.find(({ holds }) => holds.some((held) => covers(held, path)))
}

function covers(held: string, path: string): boolean {
  if (held === '*.ts') return !path.includes('/')
  return held.endsWith('/') ? path.startsWith(held) : path === held
}

/** Packages meet at their entry points, in one direction. */
function packageReason(file: string, { specifier }: Import): string | undefined {
  if (specifier.startsWith('.')) {
    const target = resolve(file, specifier)
    const reachesInside = target.startsWith('packages/') && packageOf(target) !== packageOf(file)
    return reachesInside ? `no file of another package may be imported, only its entry points` : undefined
  }
  if (!specifier.startsWith('@sluice/')) return undefined
  if (specifier === '@sluice/core/internal' && packageOf(file) !== 'testing') return 'is for @sluice/testing alone'

  const [, folder = '', part] = file.split('/')
  if (!file.startsWith('packages/') || part !== 'src') return undefined
  const allowed = PACKAGE_IMPORTS[folder]
  if (allowed === undefined) return `packages/${folder} has no row in the table of packages`
  return allowed.includes(specifier) ? undefined : `packages/${folder} may not depend on it`
}

function packageOf(file: string): string | undefined {
  const [top, folder] = file.split('/')
  return top === 'packages' ? folder : undefined
}

function layerReason(file: string, layer: Layer, imported: Import): string | undefined {
  const { specifier } = imported
  if (specifier.startsWith('.')) {
    const target = layerOf(resolve(file, specifier).slice(CORE_SOURCES.length))
    if (target === undefined || target === layer || layer.imports.includes(target.name)) return undefined
    return `${layer.name} may not import ${target.name}`
  }
  if (file === CORE_SOURCES + CLOSE_CODES.file && specifier === CLOSE_CODES.imports) return undefined
  if (layer.never.some((module) => matches(module, specifier))) return `${layer.name} may not import it`
  const typesOnly = layer.typesOnly.some((module) => matches(module, specifier))
  return typesOnly && !isHarmless(imported) ? `${layer.name} may import its types only` : undefined
}

function isHarmless({ specifier, isType, names }: Import): boolean {
  return isType || (names.length > 0 && names.every((name) => PURE_NAMES[specifier]?.includes(name)))
}

function matches(module: string, specifier: string): boolean {
  if (module === '*') return true
  return module.endsWith('/')
    ? specifier.startsWith(module)
    : specifier === module || specifier.startsWith(`${module}/`)
}

function resolve(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier)
}
