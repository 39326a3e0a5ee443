/** An analysis of logs on a terminal: errors first, each cluster in two lines, then what was completed, then the agents. */
import type { Cluster, LogAnalysis } from './log-analysis.ts'
import { oneLine } from './neutralise.ts'
import { clockText, count } from './units.ts'

/** Clusters and completions that are shown; `--json` has all. */
const CLUSTERS_MAX = 20
const COMPLETED_MAX = 30
const REPAIRED_MAX = 10

const EXAMPLE_MAX = 160

export function analysisText({ clusters, completed, repaired, agents, lines }: LogAnalysis): string[] {
  const errors = clusters.filter(({ level }) => level === 'ERROR')
  const warnings = clusters.filter(({ level }) => level === 'WARNING')
  const hidden = completed.length - COMPLETED_MAX
  return [
    `${count(lines, 'line')}: ${totalOf(errors, 'error')}, ${totalOf(warnings, 'warning')}, ${repaired.length} repaired, ${completed.length} completed`,
    ...section('ERRORS', errors),
    ...section('WARNINGS', warnings),
    ...(repaired.length === 0 ? [] : ['', 'REPAIRED']),
    ...repaired
      .slice(-REPAIRED_MAX)
      .map(({ who, at, text }) => `  ${clockText(at)} ${who}: ${oneLine(text, EXAMPLE_MAX)}`),
    ...(completed.length === 0 ? [] : ['', 'COMPLETED']),
    ...completed.slice(-COMPLETED_MAX).map(({ workstream, at, text }) => `  ${clockText(at)} ${workstream}: ${text}`),
    ...(hidden > 0 ? [`  and ${hidden} earlier ones (--json has all)`] : []),
    ...(agents.length === 0 ? [] : ['', 'AGENTS      lines  errors  warnings  completed']),
    ...agents.map(({ agent, ...of }) => {
      const cells = [of.lines, of.errors, of.warnings, of.completed].map((n, index) =>
        String(n).padStart(CELLS[index]!),
      )
      return `  ${agent.padEnd(10)}${cells.join('')}`
    }),
  ]
}

const CELLS = [5, 8, 10, 11]

function totalOf(clusters: readonly Cluster[], noun: string): string {
  const all = clusters.reduce((sum, cluster) => sum + cluster.count, 0)
  return `${count(all, noun)}${all > clusters.length ? ` of ${count(clusters.length, 'kind')}` : ''}`
}

function section(title: string, clusters: readonly Cluster[]): string[] {
  if (clusters.length === 0) return []
  const hidden = clusters.length - CLUSTERS_MAX
  return [
    '',
    title,
    ...clusters
      .slice(0, CLUSTERS_MAX)
      .flatMap((cluster) => [
        `  ${String(cluster.count).padStart(4)}x  ${oneLine(cluster.example, EXAMPLE_MAX)}`,
        `         ${timesOf(cluster)}${cluster.who.join(', ')}; ${cluster.where.join(', ')}`,
      ]),
    ...(hidden > 0 ? [`  and ${hidden} more kinds (--json has all)`] : []),
  ]
}

function timesOf({ first, last }: Cluster): string {
  if (first === null || last === null) return ''
  return first === last ? `${clockText(first)}  ` : `${clockText(first)} to ${clockText(last)}  `
}
