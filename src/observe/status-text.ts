/** `sluice status` on a terminal: what needs you, then the counts, who works on what, the queue, and what is stuck. */
import type { PredictedConflict } from '../model/landing.ts'
import type { StateName } from '../model/state.ts'
import { countsText } from './counts.ts'
import { neutralise, oneLine } from './neutralise.ts'
import type { NeedsYou } from './needs-you.ts'
import { spendingText } from './spending-text.ts'
import { machineText, useText } from './vitals-text.ts'
import type { StatusDocument, StatusRow } from './status.ts'
import { paint, sign, type Style } from './style.ts'
import { durationText, listed, shortCommit } from './units.ts'

const TEXT_MAX = 200

const AT_WORK: readonly StateName[] = ['running', 'checking', 'queued', 'landing', 'ready']

/** Rows per section; the rest is counted, and `--json` has all. */
const ROWS_MAX = 12

/** Paths in one line: they say where to look. */
const PATHS_MAX = 3

/** `now` in milliseconds since the epoch: how long things wait is told in durations. */
export function statusText(status: StatusDocument, style: Style, now: number): string[] {
  const { run } = status
  if (run === null) return ['nothing has run here yet', '  next    sluice doctor, then sluice run']
  const { makespanMs, starts } = status.timings ?? { makespanMs: 0, starts: 1 }
  const spent = `${durationText(makespanMs)}${starts > 1 ? ` at work in ${starts} starts` : ''}`
  const dot = sign(style, 'dot')
  const isIdle = run.state !== 'running'
  const lines = [
    `${paint(style, 'bold', `sluice run ${run.id}`)}  ${run.target}  ${run.state} ${dot} ${spent}`,
    ...(isIdle && hasWork(status) ? ['  no coordinator is at work; sluice run goes on where it stopped'] : []),
    ...run.waits.map(({ code, message }) => paint(style, 'yellow', `  waits: ${message} (sluice explain ${code})`)),
    ...run.pauses.map(({ code, message }) => paint(style, 'yellow', `  ${message} (sluice explain ${code})`)),
    ...machineLines(status, style),
    ...(status.spending === null ? [] : [paint(style, 'dim', `  models: ${spendingText(status.spending)}`)]),
    '',
    ...status.needsYou.flatMap((item) => needLines(item, style, now)),
    ...(status.needsYou.length > 0 ? [''] : []),
    // Of all, also where only some are listed.
    `${countsText(status.counts)} (of ${Object.values(status.counts).reduce((sum, n) => sum + n, 0)})`,
  ]
  const inState = (...names: string[]): StatusRow[] => status.workstreams.filter(({ state }) => names.includes(state))
  const sections: [string, StatusRow[], (row: StatusRow) => string][] = [
    ['at work', inState('running'), (row) => `${workText(row, now)}${vitalsText(row, style)}`],
    ['checking', inState('checking'), (row) => `${checkText(row, isIdle)}${onText(row)}`],
    ['landing queue', [...inState('landing'), ...inState('queued')], (row) => `${row.state}${onText(row)}`],
    ['ready', inState('ready'), (row) => oneLine(row.title, TEXT_MAX)],
    ['failed', inState('failed'), failedText],
    ['blocked', inState('blocked'), (row) => `by ${listed(row.blockedBy, 5)}`],
    ['pending', inState('pending'), (row) => `after ${listed(row.blockedBy, 5)}`],
    ['landed', inState('landed'), (row) => `${shortCommit(row.landing?.commit ?? '')} ${oneLine(row.title, TEXT_MAX)}`],
  ]
  const parked = status.workstreams.filter((row) => row.parked !== null)
  sections.push(['parked: outside its scope, so it does not land', parked, parkedText])
  const doubtful = status.workstreams.filter(({ warnings }) => warnings.length > 0)
  sections.push(['worth a look', doubtful, warningText])
  for (const [title, rows, textOf] of sections) lines.push(...sectionLines(title, rows, textOf, style))
  return [...lines, ...predictionLines(status.predictedConflicts, style)]
}

function machineLines({ run, machine }: StatusDocument, style: Style): string[] {
  if (machine === null || run?.state !== 'running') return []
  const alerts = machine.alerts.map(({ code, message }) =>
    paint(style, 'yellow', `  ${code} ${oneLine(message, TEXT_MAX)}`),
  )
  return [paint(style, 'dim', `  ${machineText(machine)}`), ...alerts]
}

function predictionLines(conflicts: readonly PredictedConflict[], style: Style): string[] {
  if (conflicts.length === 0) return []
  return [
    '',
    paint(style, 'bold', 'predicted conflicts'),
    ...conflicts
      .slice(0, ROWS_MAX)
      .map(({ a, b, paths }) => `  ${a} and ${b}  ${listed(paths.map(neutralise), PATHS_MAX)}`),
    ...(conflicts.length > ROWS_MAX ? [`  and ${conflicts.length - ROWS_MAX} more`] : []),
  ]
}

function needLines(item: NeedsYou, style: Style, now: number): string[] {
  const about = item.workstream === null ? '' : `${item.workstream}  `
  const waiting = item.since === null ? '' : `  (waiting ${durationText(now - item.since)})`
  const code = item.code === null ? '' : `${item.code} `
  return [
    paint(style, 'yellow', `${sign(style, 'flag')} ${code}${about}${oneLine(item.question, TEXT_MAX)}${waiting}`),
    ...item.commands.map((command) => `    ${command}`),
  ]
}

function sectionLines(
  title: string,
  rows: readonly StatusRow[],
  textOf: (row: StatusRow) => string,
  style: Style,
): string[] {
  if (rows.length === 0) return []
  const shown = rows.slice(0, ROWS_MAX)
  const width = Math.max(...shown.map(({ id }) => id.length))
  return [
    '',
    paint(style, 'bold', title),
    ...shown.map((row) => `  ${row.id.padEnd(width)}  ${textOf(row)}`.trimEnd()),
    ...(rows.length > ROWS_MAX ? [`  and ${rows.length - ROWS_MAX} more`] : []),
  ]
}

function workText(row: StatusRow, now: number): string {
  const time = row.since === null ? '' : ` ${durationText(now - row.since)}`
  return `agent-${row.agent} ${row.tool} attempt ${row.attempt}${time}${onText(row)}  ${oneLine(row.title, TEXT_MAX)}`
}

/** What it uses, dimly; the thresholds that it is beyond, each in a line of its own. */
function vitalsText({ use, alerts }: StatusRow, style: Style): string {
  const figures = useText(use)
  const lines = alerts.map(({ code, message }) => {
    return `\n      ${paint(style, 'yellow', `${code} ${oneLine(message, TEXT_MAX)}`)}`
  })
  return `${figures === '' ? '' : `  ${paint(style, 'dim', figures)}`}${lines.join('')}`
}

function onText({ buildsOn }: StatusRow): string {
  return buildsOn.length === 0 ? '' : `, on top of ${listed(buildsOn, 5)}`
}

/** Something that a coordinator would do now. */
function hasWork({ counts }: StatusDocument): boolean {
  return AT_WORK.some((name) => (counts[name] ?? 0) > 0)
}

function checkText({ attempt, tool }: StatusRow, isIdle: boolean): string {
  return `attempt ${attempt} of ${tool}${isIdle ? ', to be checked' : ''} against its acceptance tests`
}

function parkedText({ parked }: StatusRow): string {
  if (parked === null) return ''
  return `${listed(parked.paths.map(neutralise), PATHS_MAX)}; to have it: git apply ${neutralise(parked.patch)}`
}

function warningText({ id, warnings }: StatusRow): string {
  const what = warnings.map(({ code, message }) => `${code} ${oneLine(message, TEXT_MAX)}`)
  return `${what.join('; ')}; how: sluice explain ${id}`
}

function failedText(row: StatusRow): string {
  const what = row.failure === null ? '' : `${row.failure.code} ${oneLine(row.failure.message, TEXT_MAX)}; `
  return `${what}next: sluice explain ${row.id}, sluice retry ${row.id}`
}
