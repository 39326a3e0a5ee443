/**
 * The messages of the commits that Sluice makes on the target. Their trailers are the durable record: they alone tell
 * after a crash what has landed, and what was taken back.
 */
import type { Undo } from '../model/rollback.ts'
import type { SettledBy } from '../model/rung.ts'

export const TRAILER = {
  workstream: 'Sluice-Workstream',
  landing: 'Sluice-Landing',
  attempt: 'Sluice-Attempt',
  reverts: 'Sluice-Reverts',
} as const

/** Longest subject line: what `git log --oneline` and most pages show without cutting. */
const SUBJECT_MAX = 72

export interface LandingNames {
  workstream: string
  title: string
  landing: string
  attempt: number
  tool: string
}

export function landingMessage({ workstream, title, landing, attempt, tool }: LandingNames): string {
  const words = folded(title)
  return [
    subject(words === '' || words === workstream ? `Land ${workstream}` : `Land ${workstream}: ${words}`),
    '',
    `Attempt ${attempt} by ${tool}.`,
    '',
    `${TRAILER.workstream}: ${workstream}`,
    `${TRAILER.landing}: ${landing}`,
    `${TRAILER.attempt}: ${attempt}`,
    '',
  ].join('\n')
}

/** Longest reason: a paragraph, not a log. */
const WHY_MAX = 1000

/**
 * The message of a revert commit. It never says `Sluice-Workstream` or `Sluice-Landing`: nothing has landed by it, also
 * when it brings a landing back.
 */
export function revertMessage(
  { action, workstream, title, landing, commit, reverts }: Omit<Undo, 'dependents' | 'needs'>,
  why: string,
): string {
  const words = folded(title) || workstream
  const [verb, what] =
    action === 'take-back'
      ? ['Revert', `Takes ${workstream} back by reverting ${commit}.`]
      : ['Bring back', `Brings ${workstream} back by reverting ${commit}.`]
  const reason = folded(why)
  return [
    subject(`${verb} ${landing}: ${words}`),
    '',
    what,
    ...(reason === '' ? [] : ['', cut(reason, WHY_MAX)]),
    '',
    `${TRAILER.reverts}: ${reverts}`,
    '',
  ].join('\n')
}

/** Things that one subject line names. */
const SETTLED_MAX = 3

/**
 * The message of a commit that settles a conflict: it is work, not a landing, and has no trailers. `reasons` are lines
 * for what was dropped on the way.
 */
export function settleMessage(
  names: { workstream: string; target: string },
  by: readonly SettledBy[],
  reasons: readonly string[],
): string {
  const lines = by.map((one) => {
    const how = 'tool' in one ? one.tool : one.rung === 'drivers' ? one.driver : one.rung
    return `${how} ${folded(one.path)}`
  })
  const more = lines.length > SETTLED_MAX ? `, and ${lines.length - SETTLED_MAX} more` : ''
  const what = `Settle ${names.workstream} with ${names.target}`
  return [
    subject(lines.length === 0 ? what : `${what}: ${lines.slice(0, SETTLED_MAX).join(', ')}${more}`),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    ...(reasons.length === 0 ? [] : ['', ...reasons.map((reason) => cut(folded(reason), WHY_MAX))]),
    '',
  ].join('\n')
}

function subject(text: string): string {
  return cut(text, SUBJECT_MAX)
}

/** On one line, so that no text can begin a trailer of its own. */
function folded(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax - 3)}...` : text
}
