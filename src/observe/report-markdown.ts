/** The report for people: readable as text, rendered as Markdown. What was decided for you, and the proof, come first. */
import { conflictMarkdown } from './conflict-markdown.ts'
import { countsText } from './counts.ts'
import { codeSpan, markdownText } from './markdown.ts'
import { oneLine } from './neutralise.ts'
import type { GateProof, ReportAttempt, ReportDocument, ReportLanding } from './report.ts'
import { spendingText } from './spending-text.ts'
import { count, durationText, shortCommit } from './units.ts'

const CELL_MAX = 160

export function reportMarkdown(report: ReportDocument): string {
  const { run, timings } = report
  const bound = timings.boundMs === null ? '' : ` (the estimates allow ${durationText(timings.boundMs)} at best)`
  const starts = timings.starts === 1 ? '' : ` at work in ${timings.starts} starts`
  return [
    `# Sluice run ${markdownText(run.id)}`,
    '',
    `Target ${codeSpan(run.target)}, begun ${new Date(run.startedAt).toISOString()} at ${codeSpan(shortCommit(run.base))}, ` +
      `${run.state}. ${count(run.agents, 'agent')}, ${durationText(timings.makespanMs)}${starts}${bound}.`,
    '',
    `**${countsText(report.counts)}**`,
    '',
    ...(report.spending === null ? [] : [`Models: ${spendingText(report.spending)}.`, '']),
    ...section(
      'Needs you: conflicts',
      report.conflicts.flatMap((conflict) => conflictMarkdown(conflict, conflict.blocked)),
    ),
    ...section(
      'Needs you: approvals',
      table(
        ['workstream', 'what', 'work', 'asked for by', 'since', 'next'],
        report.approvals.map(({ workstream, title, work, rule, since }) => [
          markdownText(workstream),
          cell(title),
          codeSpan(shortCommit(work)),
          codeSpan(oneLine(rule, CELL_MAX)),
          new Date(since).toISOString(),
          codeSpan(`sluice approve ${workstream}`),
        ]),
      ),
    ),
    ...section(
      'Not landed',
      table(
        ['workstream', 'state', 'why', 'next'],
        report.failures.map((failure) => [
          markdownText(failure.workstream),
          failure.state,
          cell(`${failure.code === null ? '' : `${failure.code} `}${failure.message}`),
          failure.state === 'failed'
            ? codeSpan(`sluice retry ${failure.workstream}`)
            : codeSpan(`sluice explain ${failure.workstream}`),
        ]),
      ),
    ),
    ...section(
      'Landings',
      table(
        ['workstream', 'commit', 'tree', 'parents', 'gate on that tree', 'attempt', 'approved by', 'at'],
        report.landings.map(landingCells),
      ),
    ),
    ...section(
      'Attempts',
      table(['workstream', 'attempt', 'tool', 'outcome', 'time', 'files', 'said'], report.attempts.map(attemptCells)),
    ),
    ...section('Conflicts so far', statisticsTables(report)),
    ...section(
      'Worth a look',
      table(
        ['workstream', 'attempt', 'what'],
        [
          ...report.warnings.map(({ workstream, attempt, code, message }) => [
            markdownText(workstream ?? ''),
            String(attempt ?? ''),
            cell(`${code} ${message}`),
          ]),
          ...report.attempts.flatMap(strayCells),
        ],
      ),
    ),
    ...section(
      'Checks after the run',
      table(
        ['check', 'result', 'time'],
        report.after.map((check) => [cell(check.name), exitCell(check), durationText(check.ms)]),
      ),
    ),
    ...section(
      'Repairs',
      table(
        ['code', 'workstream', 'problem', 'action', 'proof'],
        report.fixes.map((fix) => [
          fix.code,
          markdownText(fix.workstream ?? ''),
          cell(fix.problem),
          cell(fix.action),
          cell(fix.proof),
        ]),
      ),
    ),
  ].join('\n')
}

/** Over all runs; what never met a conflict is left to the JSON document. */
function statisticsTables({ conflictStatistics: { workstreams, paths } }: ReportDocument): string[] {
  const share = (rate: number): string => `${Math.round(rate * 100)} %`
  const met = workstreams.filter(({ conflicts }) => conflicts > 0)
  const byWorkstream = table(
    ['workstream', 'tries to land', 'conflicts', 'rate'],
    met.map(({ id, attempts, conflicts, rate }) => [markdownText(id), `${attempts}`, `${conflicts}`, share(rate)]),
  )
  const byPath = table(
    ['path', 'landings', 'conflicts', 'rate'],
    paths.map(({ path, landings, conflicts, rate }) => [codeSpan(path), `${landings}`, `${conflicts}`, share(rate)]),
  )
  return byPath.length === 0 ? byWorkstream : [...byWorkstream, '', ...byPath]
}

function section(title: string, lines: string[]): string[] {
  if (lines.length === 0) return []
  return [`## ${title}`, '', ...lines, ...(lines.at(-1) === '' ? [] : [''])]
}

function table(head: string[], rows: string[][]): string[] {
  if (rows.length === 0) return []
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

function landingCells(landing: ReportLanding): string[] {
  const gate =
    landing.gate.length === 0
      ? 'none wanted'
      : landing.gate.map((check) => `${codeSpan(check.command)} ${exitCell(check)}, ${durationText(check.ms)}`)
  const known = landing.gateCached ? ' (known from the same tree, not run again)' : ''
  const by = landing.tool === null ? '' : ` by ${markdownText(landing.tool)}`
  return [
    markdownText(landing.workstream),
    `${codeSpan(shortCommit(landing.commit))}${landing.published ? '' : ' (not in the checkout yet)'}`,
    landing.receipt === null ? '' : codeSpan(shortCommit(landing.receipt.tree)),
    landing.parents.map((parent) => codeSpan(shortCommit(parent))).join(' '),
    Array.isArray(gate) ? `${gate.join('; ')}${known}` : gate,
    `${landing.attempt}${by}`,
    cell((landing.receipt?.approvals ?? []).map((approval) => approval.by).join(', ')),
    new Date(landing.at).toISOString(),
  ]
}

function attemptCells(attempt: ReportAttempt): string[] {
  return [
    markdownText(attempt.workstream),
    String(attempt.attempt),
    markdownText(attempt.tool),
    `${attempt.outcome}${attempt.code === null ? '' : ` ${attempt.code}`}`,
    attempt.ms === null ? '' : durationText(attempt.ms),
    String(attempt.changed),
    cell(attempt.message ?? ''),
  ]
}

function strayCells({ workstream, attempt, strays }: ReportAttempt): string[][] {
  return strays.map(({ ref }) => [markdownText(workstream), `${attempt}`, `kept besides the work: ${codeSpan(ref)}`])
}

function exitCell(check: GateProof): string {
  return check.exit === null ? 'killed' : `exit ${check.exit}`
}

function cell(text: string): string {
  return markdownText(oneLine(text, CELL_MAX))
}
