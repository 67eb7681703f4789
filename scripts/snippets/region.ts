/**
 * Code as a page shows it: a file, or the region of it between `#region name` and `#endregion name` in comments, moved to
 * the left margin. The comments themselves are left out. `undefined` means that there is no such region.
 */
export function readRegion(source: string, name?: string): string | undefined {
  const lines = source.split('\n')
  const code = name === undefined ? lines : linesOf(lines, name)
  if (code === undefined) return undefined
  return toMargin(code.filter((line) => !MARKER.test(line))).trim()
}

const MARKER = /^\s*(?:\/\/|#) ?#(?:end)?region\b/

function linesOf(lines: readonly string[], name: string): readonly string[] | undefined {
  const start = lines.findIndex((line) => isMarker(line, 'region', name))
  const length = lines.slice(start).findIndex((line) => isMarker(line, 'endregion', name))
  return start === -1 || length === -1 ? undefined : lines.slice(start, start + length)
}

function isMarker(line: string, kind: 'region' | 'endregion', name: string): boolean {
  return MARKER.test(line) && line.trimEnd().endsWith(`#${kind} ${name}`)
}

function toMargin(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const margin = Math.min(...indents, Number.MAX_SAFE_INTEGER)
  return lines.map((line) => line.slice(margin)).join('\n')
}
