import { describe, expect, it } from 'vitest'
import { countPart, countReport } from '../scripts/reports.ts'

const testReport = (numPassedTests: number, ...testResults: object[]) => ({ numPassedTests, testResults })
const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
})

describe('countReport', () => {
  it('counts the tests of Vitest and Jest', () => {
    const report = testReport(2, file('passed', 'passed'), file('failed', 'passed', 'failed', 'pending'))
    expect(countReport(report)).toEqual({ passed: 2, failed: 1 })
  })

  it('counts a test file that cannot be loaded as one failure', () => {
    expect(countReport(testReport(1, file('passed', 'passed'), file('failed')))).toEqual({ passed: 1, failed: 1 })
  })

  it('counts a conformance case that differs from what is expected as a failure', () => {
    const report = [
      { results: [{}, {}, {}], differences: [] },
      { results: [{}, {}], differences: ['6.4.1'] },
    ]
    expect(countReport(report)).toEqual({ passed: 4, failed: 1 })
  })

  it('takes plain totals as they are', () => {
    expect(countReport({ passed: 3, failed: 2 })).toEqual({ passed: 3, failed: 2 })
  })

  it.each([null, 'text', {}, [{}]])('refuses %j', (report) => {
    expect(() => countReport(report)).toThrow(TypeError)
  })
})

describe('countPart', () => {
  it('adds up the reports', () => {
    const reports = [
      { passed: 3, failed: 1 },
      { passed: 2, failed: 0 },
    ]
    expect(countPart({ exitCode: 1, reports })).toEqual({ passed: 5, failed: 1 })
  })

  it('counts a part without a report as one check', () => {
    expect(countPart({ exitCode: 0, reports: [] })).toEqual({ passed: 1, failed: 0 })
    expect(countPart({ exitCode: 2, reports: [] })).toEqual({ passed: 0, failed: 1 })
  })

  it('counts a part that fails after its tests have passed', () => {
    expect(countPart({ exitCode: 1, reports: [{ passed: 3, failed: 0 }] })).toEqual({ passed: 3, failed: 1 })
  })
})
