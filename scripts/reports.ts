/** How many checks passed and failed. */
export interface Totals {
  readonly passed: number
  readonly failed: number
}

/** One part of a CI run: how its command ended, and what its reports count. */
export interface Part {
  readonly exitCode: number
  readonly reports: readonly Totals[]
}

/** Counts a part. One without a report is a single check; one that fails without saying where has one failure more. */
export function countPart({ exitCode, reports }: Part): Totals {
  const passed = sum(reports.map((report) => report.passed))
  const failed = sum(reports.map((report) => report.failed))
  if (exitCode !== 0 && failed === 0) return { passed, failed: 1 }
  return reports.length === 0 ? { passed: 1, failed: 0 } : { passed, failed }
}

/** Counts one report: of Vitest, of Jest, of the conformance suite, or plain totals. */
export function countReport(report: unknown): Totals {
  if (isTotals(report)) return report
  if (isTestReport(report)) return countTestReport(report)
  if (isConformanceReport(report)) return countConformanceReport(report)
  throw new TypeError('a report of an unknown form')
}

function isTotals(report: unknown): report is Totals {
  return isObject(report) && typeof report.passed === 'number' && typeof report.failed === 'number'
}

/** The JSON that Vitest and Jest have in common. */
interface TestReport {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

function isTestReport(report: unknown): report is TestReport {
  return isObject(report) && typeof report.numPassedTests === 'number' && Array.isArray(report.testResults)
}

function countTestReport({ numPassedTests, testResults }: TestReport): Totals {
  const failures = testResults.map(({ status, assertionResults }) => {
    const failed = assertionResults.filter((assertion) => assertion.status === 'failed').length
    // A file that cannot even be loaded has no test to fail.
    return failed === 0 && status === 'failed' ? 1 : failed
  })
  return { passed: numPassedTests, failed: sum(failures) }
}

/** One entry for each implementation and role. A case fails when its result differs from the expected one. */
type ConformanceReport = readonly { readonly results: readonly unknown[]; readonly differences: readonly string[] }[]

function isConformanceReport(report: unknown): report is ConformanceReport {
  return (
    Array.isArray(report) &&
    report.every((entry) => isObject(entry) && Array.isArray(entry.results) && Array.isArray(entry.differences))
  )
}

function countConformanceReport(report: ConformanceReport): Totals {
  const failed = sum(report.map(({ differences }) => differences.length))
  const all = sum(report.map(({ results }) => results.length))
  return { passed: Math.max(0, all - failed), failed }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
