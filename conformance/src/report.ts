import { type CloseVerdict, isPassed, type Verdict } from './judge.ts'
import type { Result } from './run.ts'

const VERDICTS: readonly Verdict[] = ['OK', 'NON-STRICT', 'INFORMATIONAL', 'UNIMPLEMENTED', 'FAILED']

/** A table with a line for each group, then everything that was not plain OK. */
export function formatReport(results: readonly Result[]): string {
  const groups = Map.groupBy(results, (result) => groupOf(result.number))
  const rows = [...groups].map(([group, members]) => [group, ...countsOf(members)])
  const table = formatTable([['group', 'cases', ...VERDICTS, 'closed well'], ...rows, ['all', ...countsOf(results)]])
  const remarks = results.filter(isRemarkable).map(formatRemark)
  return [table, ...remarks].join('\n')
}

/** `passed` are the results that break no RFC. */
export function countPassed(results: readonly Result[]): { passed: number; failed: number } {
  const passed = results.filter(isPassed).length
  return { passed, failed: results.length - passed }
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
  return verdict !== 'OK' || closeVerdict !== 'OK'
}

function formatRemark({ number, title, verdict, closeVerdict, reasons }: Result): string {
  const why = reasons.map((reason) => `\n    ${reason}`).join('')
  return `${number.padEnd(8)} ${verdict}, close ${closeVerdict}: ${title}${why}`
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n')
}

function groupOf(number: string): string {
  return number.slice(0, number.indexOf('.'))
}
