import { isMoreBetter } from '../workloads.ts'
import { formatRatio, formatValue } from './format.ts'
import type { Results, WorkloadResults } from './results.ts'
import { type RowSummary, summarize } from './summary.ts'

const WIDTH = 860
const LABEL_WIDTH = 170
const FIGURE_WIDTH = 190
const BAR_WIDTH = WIDTH - LABEL_WIDTH - FIGURE_WIDTH
const MARGIN = 16
const TITLE_HEIGHT = 34
const ROW_HEIGHT = 20
const BAR_HEIGHT = 13
const FOOTER_HEIGHT = 40

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .note { fill: #6e7781; font-size: 12px }
  .bar { fill: #b6bfc9 }
  .own { fill: #1f6feb }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #8d96a0 }
    .bar { fill: #4a535e }
    .own { fill: #58a6ff }
  }`

/** The medians as bars, a group for each workload on a scale of its own, in a picture that follows the reader's colour scheme. */
export function drawChart(results: Results, against: string): string {
  const groups: string[] = []
  let y = MARGIN
  for (const workload of results.workloads) {
    groups.push(drawGroup(workload, against, y))
    y += TITLE_HEIGHT + workload.rows.length * ROW_HEIGHT
  }
  const height = y + FOOTER_HEIGHT
  const note = `${results.date.slice(0, 10)}, ${results.machine.cpu}; medians of ${results.rounds} interleaved rounds; × is against ${against}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>WebSocket servers for Node, side by side</title>`,
    `<style>${STYLE}\n</style>`,
    ...groups,
    drawText(MARGIN, height - MARGIN, note, 'note'),
    '</svg>\n',
  ].join('\n')
}

function drawGroup(workload: WorkloadResults, against: string, top: number): string {
  const summaries = summarize(workload, against)
  const most = Math.max(...summaries.map((summary) => summary.value.median), Number.MIN_VALUE)
  const unit = isMoreBetter(workload) ? workload.unit : `${workload.unit}, less is better`
  const rows = summaries.map((summary, index) =>
    drawRow(summary, workload, summary.value.median / most, top + TITLE_HEIGHT + index * ROW_HEIGHT),
  )
  return [drawText(MARGIN, top + TITLE_HEIGHT - 10, `${workload.title} (${unit})`, 'title'), ...rows].join('\n')
}

function drawRow(summary: RowSummary, workload: WorkloadResults, share: number, top: number): string {
  const length = Math.max(1, share * BAR_WIDTH)
  const baseline = top + BAR_HEIGHT - 2
  const bar = summary.peer.startsWith('sluice') ? 'bar own' : 'bar'
  const value = formatValue(summary.value.median, workload.unit)
  const ratio = summary.ratio === undefined ? '' : ` · ${formatRatio(summary.ratio.median)}×`
  return [
    drawText(MARGIN, baseline, summary.peer, ''),
    `<rect class="${bar}" x="${LABEL_WIDTH}" y="${top}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
    drawText(LABEL_WIDTH + length + 8, baseline, `${value}${ratio}`, ''),
  ].join('\n')
}

function drawText(x: number, y: number, text: string, style: string): string {
  const attribute = style === '' ? '' : ` class="${style}"`
  return `<text${attribute} x="${x.toFixed(1)}" y="${y}">${escapeText(text)}</text>`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
