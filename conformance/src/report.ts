import { type CloseVerdict, isPassed, type Verdict } from './judge.ts'
import type { Result } from './run.ts'

const VERDICTS: readonly Verdict[] = ['OK', 'NON-STRICT', 'INFORMATIONAL', 'UNIMPLEMENTED', 'FAILED']

/** A table with a line for each group, then everything that was not plain OK. */
export function formatReport(results: readonly Result[]): string {
  const groups = Map.groupBy(results, ({ number }) => number.slice(0, number.indexOf('.')))
  const rows = [...groups].map(([group, members]) => [group, ...countsOf(members)])
  const table = formatTable([['group', 'cases', ...VERDICTS, 'closed well'], ...rows, ['all', ...countsOf(results)]])
  return [table, ...results.filter(isRemarkable).map(formatRemark), ...formatUnimplemented(results)].join('\n')
}

/** How many results break no RFC, belong to something the testee does not have, or break one. */
export function tally(results: readonly Result[]): { passed: number; unimplemented: number; failed: number } {
  const passed = results.filter(isPassed)
  const unimplemented = passed.filter(({ verdict }) => verdict === 'UNIMPLEMENTED').length
  return { passed: passed.length - unimplemented, unimplemented, failed: results.length - passed.length }
}

function countsOf(results: readonly Result[]): string[] {
  const closedWell: readonly CloseVerdict[] = ['OK', 'INFORMATIONAL']
  return [
    results.length,
    ...VERDICTS.map((verdict) => results.filter((result) => result.verdict === verdict).length),
    results.filter((result) => closedWell.includes(result.closeVerdict)).length,
  ].map(String)
}

function isRemarkable({ verdict, closeVerdict }: Result): boolean {
  return (verdict !== 'OK' && verdict !== 'UNIMPLEMENTED') || closeVerdict !== 'OK'
}

function formatRemark({ number, title, verdict, closeVerdict, reasons }: Result): string {
  const why = reasons.map((reason) => `\n    ${reason}`).join('')
  return `${number.padEnd(8)} ${verdict}, close ${closeVerdict}: ${title}${why}`
}

/** Compression is missing as a whole or not at all, so the sections say enough. */
function formatUnimplemented(results: readonly Result[]): string[] {
  const missing = results.filter(({ verdict }) => verdict === 'UNIMPLEMENTED')
  const sections = new Set(missing.map(({ number }) => number.slice(0, number.lastIndexOf('.'))))
  return missing.length === 0 ? [] : [`UNIMPLEMENTED ${[...sections].join(' ')}`]
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n')
}
