/** A rehearsal on a terminal: for each fault what would happen once, what if it never ended, and where to read on. */
import { minutesText } from '../../plan/render.ts'
import type { Course, Rehearsal } from './rehearse.ts'

/** Blocked ids in one line. */
const SHOWN_MAX = 4

export function rehearsalText(plannedMinutes: number, rehearsals: readonly Rehearsal[]): string[] {
  return [
    `without faults the plan takes ${minutesText(plannedMinutes)}; nothing was started or changed`,
    ...rehearsals.flatMap((one) => ['', ...faultText(one, plannedMinutes)]),
  ]
}

function faultText({ code, name, workstream, what, once, always }: Rehearsal, plannedMinutes: number): string[] {
  const head = `${code} ${name}${workstream === null ? '' : `, met by ${workstream}`}`
  const more = `  more    sluice explain ${code}`
  switch (what) {
    case 'mended':
      return [head, '  then    it is put right or told, and the run goes on; exit 0', more]
    case 'refused':
      return [head, `  then    the run does not begin and nothing is changed; exit ${once.exit}`, more]
    case 'target':
      return [
        head,
        '  then    work goes on and is queued; nothing more is shown on the target before you have put that right; exit 3',
        more,
      ]
    case 'waits':
      return [head, `  then    ${courseText(once, plannedMinutes)}`, more]
    case 'attempt':
      return [
        head,
        `  once    ${courseText(once, plannedMinutes)}`,
        `  always  ${courseText(always, plannedMinutes)}`,
        more,
      ]
  }
}

function courseText({ steps, tool, ends, blocked, makespanMinutes, exit }: Course, plannedMinutes: number): string {
  const free = steps.some(({ isSpent }) => !isSpent) ? ' (no try is spent)' : ''
  const tried = steps.length === 0 ? '' : `${steps.map(stepText).join(', ')}${free}, `
  const end = tool === null ? ENDS[ends] : `then ${tool} does it`
  const stops = blocked.length === 0 ? '' : `; ${blocked.length} blocked: ${listed(blocked)}`
  const changed =
    Math.round(makespanMinutes) === Math.round(plannedMinutes) ? 'as planned' : minutesText(makespanMinutes)
  return `${tried}${end}${stops}; the run takes ${changed}, exit ${exit}`
}

const ENDS: Record<Course['ends'], string> = {
  landed: 'and it lands',
  waiting: 'then it waits for you',
  conflict: 'what landing.resolve allows is tried, then it waits for you',
  failed: 'then it has failed (E602)',
  refused: 'the run does not begin',
  unpublished: 'nothing more is shown on the target',
}

function stepText({ tool, waitMinutes }: Course['steps'][number]): string {
  return waitMinutes === 0 ? tool : `${tool} (waits ${waitText(waitMinutes)})`
}

function waitText(minutes: number): string {
  return minutes < 1 ? `${Math.round(minutes * 60)} s` : minutesText(minutes)
}

function listed(ids: readonly string[]): string {
  const hidden = ids.length - SHOWN_MAX
  return `${ids.slice(0, SHOWN_MAX).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
}
