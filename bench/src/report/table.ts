import { isMoreBetter } from '../workloads.ts'
import { formatCost, formatRatio, formatShare, formatSpread, formatValue } from './format.ts'
import type { Results, WorkloadResults } from './results.ts'
import { type Remark, type RowSummary, summarize } from './summary.ts'

const REMARKS: Readonly<Record<Remark, string>> = {
  generator: 'the load generator was the limit: the server can do more',
  foreign: 'somebody else used the server’s core',
}

/** The results as Markdown that reads well in a terminal too: what ran where, and a table for each workload. */
export function formatResults(results: Results, against: string): string {
  const parts = [
    formatCircumstances(results),
    ...results.workloads.map((workload) => formatWorkload(workload, against)),
  ]
  return parts.join('\n\n')
}

function formatCircumstances(results: Results): string {
  const { machine } = results
  const memory = Math.round(machine.memory / 2 ** 30)
  const lines = [
    `- Date: ${results.date.slice(0, 10)}`,
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${memory} GB, ${machine.platform}; ${formatPinning(results)}`,
    `- Rounds: ${results.rounds} of ${results.seconds} s for each server; load generator: ${results.generator}`,
    `- Versions: ${results.peers.map((peer) => `${peer.name} ${peer.version} (Node ${peer.node})`).join(', ')}`,
    ...results.absent.map((peer) => `- Absent: ${peer.name}: ${peer.reason}`),
  ]
  if (isBusy(results)) {
    const share = formatShare(results.busyBefore)
    lines.push(`- **The machine was busy before the start (${share}): these figures prove nothing.**`)
  }
  return lines.join('\n')
}

/** Whether something else was running when the run began. */
export function isBusy(results: Pick<Results, 'busyBefore'>): boolean {
  return results.busyBefore > 0.1
}

function formatPinning(results: Results): string {
  return results.isPinned ? 'server and load generator pinned to a core each' : 'nothing is pinned'
}

function formatWorkload(workload: WorkloadResults, against: string): string {
  const summaries = summarize(workload, against)
  const isIdle = workload.kind === 'idle'
  const better = isMoreBetter(workload) ? '' : ', less is better'
  const header = isIdle
    ? ['Server', 'resident', `× ${against}`, 'spread', 'heap']
    : ['Server', workload.unit, `× ${against}`, 'spread', 'server CPU', 'CPU of each', 'generator CPU']
  const rows = summaries.map((summary) => formatRow(summary, workload))
  const remarks = [...new Set(summaries.flatMap((summary) => summary.remarks))]
  return [
    `### ${workload.title} (${workload.sockets.toLocaleString('en-US')} sockets${better})`,
    '',
    formatTable([header, ...rows]),
    ...remarks.map((remark) => `\n${REMARK_SIGNS[remark]} ${REMARKS[remark]}`),
  ].join('\n')
}

const REMARK_SIGNS: Readonly<Record<Remark, string>> = { generator: '†', foreign: '‡' }

function formatRow(summary: RowSummary, workload: WorkloadResults): string[] {
  const signs = summary.remarks.map((remark) => REMARK_SIGNS[remark]).join('')
  const cells = [
    summary.peer,
    `${formatValue(summary.value.median, workload.unit)}${signs === '' ? '' : ` ${signs}`}`,
    summary.ratio === undefined ? '' : formatRatio(summary.ratio.median),
    summary.ratio === undefined ? '' : formatSpread(summary.ratio),
  ]
  return workload.kind === 'idle'
    ? [...cells, summary.heap === undefined ? '' : formatValue(summary.heap.median, workload.unit)]
    : [...cells, formatShare(summary.serverCpu), formatCost(summary.cost), formatShare(summary.loadCpu)]
}

/** A Markdown table with aligned columns; the first one to the left, figures to the right. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rows.slice(1).map(line)].join('\n')
}
