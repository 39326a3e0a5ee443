/**
 * What waits for a person, as questions with commands to answer them: the first thing on every screen. Exactly the
 * states for which `run` ends with exit 3, and what a tool at work asks to be allowed, for which the run goes on; a failed
 * workstream is reported as failed and waits for nobody.
 */
import { isAbsolute } from 'node:path'
import type { Attempt } from '../model/attempt.ts'
import type { Code, Failure } from '../model/failure.ts'
import { type Conflict, isClimbing } from '../model/landing.ts'
import { shellWord } from '../process/shell-word.ts'
import { MANUAL } from '../schedule/decide.ts'
import type { WorkstreamRow } from '../store/store.ts'
import { conflictCommands } from './conflict-text.ts'
import { oneLine } from './neutralise.ts'
import { type OpenQuestion, openQuestions } from './question-text.ts'
import { count, listed } from './units.ts'

export interface NeedsYou {
  /** For W407, which is one question for all of them: the one that landed last; null: it is about the target itself. */
  workstream: string | null
  /** null when nothing went wrong: somebody is simply asked. */
  code: Code | null
  question: string
  /** To be typed at the root of the repository: `open`, then what follows it; of all others one. */
  commands: string[]
  /** When it began to wait, or null when nothing says so. */
  since: number | null
}

export interface NeedsYouInput {
  target: string
  /** What keeps everything from landing. */
  question: Failure | null
  /** Why no agent begins any more. */
  overBudget?: Failure | null
  rows: readonly WorkstreamRow[]
  conflicts: readonly Conflict[]
  /** The newest attempt of each workstream. */
  latest: ReadonlyMap<string, Attempt>
  /** The newest of each that has ended: what led to a person. */
  ended: ReadonlyMap<string, Attempt>
  /** Landings that are on the target and not on its remote, as far as is known, while nobody is at work on that. */
  unpushed?: { remote: string; landings: number } | null
  /** What waits to be shown in the checkout, and what keeps it out now (null: nothing any more); null: nothing waits. */
  pending: { heldUp: HeldUp | null } | null
}

export interface HeldUp {
  reason: string
  /** Files relative to the checkout, or the full paths of checkouts. */
  paths: readonly string[]
}

const TITLE_MAX = 60
const WHAT_MAX = 120

export function needsYouOf(input: NeedsYouInput): NeedsYou[] {
  const { target, question, rows, conflicts, latest, ended, pending, unpushed = null, overBudget = null } = input
  const found: NeedsYou[] = question === null ? [] : [aboutTarget(question)]
  if (overBudget !== null) found.push(aboutBudget(overBudget))
  for (const { id, state, definition } of rows) {
    switch (state.state) {
      case 'conflict': {
        const conflict = conflicts.find(({ workstream }) => workstream === id)
        if (conflict === undefined) found.push(bareConflict(id, state))
        else if (!isClimbing(conflict)) found.push(fromConflict(conflict, latest.get(id)?.tool))
        break
      }
      case 'waiting':
        if (state.for === 'approval') {
          found.push(approval(id, state, definition.title, latest.get(id)))
          break
        }
        found.push({
          workstream: id,
          code: state.isOverdue === true ? 'E203' : (ended.get(id)?.outcome?.code ?? null),
          question: `do by hand: ${oneLine(definition.title || id, TITLE_MAX)}${state.isOverdue === true ? ' (its time is over)' : ''}`,
          commands: [`sluice open ${id}`, `sluice submit ${id}`],
          since: state.since,
        })
        break
      case 'running':
        found.push(...openQuestions([{ id, state, definition }], latest).map(permission))
        break
      case 'held':
        found.push({
          workstream: id,
          code: null,
          question: 'taken out by a person: put it back?',
          commands: [`sluice release ${id}`],
          since: null,
        })
        break
      case 'reverted':
        found.push({
          workstream: id,
          code: null,
          question: `landing ${state.landing} was undone: try again, or go without it?`,
          commands: [`sluice retry ${id}`, `sluice skip ${id} --satisfy`],
          since: null,
        })
        break
      default:
    }
  }
  // After what is about the whole run, what has escalated comes first.
  const overdue = new Set(rows.flatMap(({ id, state }) => (isOverdue(state) ? [id] : [])))
  const urgency = ({ workstream }: NeedsYou): number => (workstream === null ? 2 : overdue.has(workstream) ? 1 : 0)
  found.sort((a, b) => urgency(b) - urgency(a))
  return [...found, ...unpublished(rows, target, pending), ...notPushed(rows, target, unpushed)]
}

function isOverdue(state: WorkstreamRow['state']): boolean {
  return state.state === 'waiting' && state.for === 'manual' && state.isOverdue === true
}

function aboutTarget({ code, message, fix = '', details = {} }: Failure): NeedsYou {
  const commands = Array.isArray(details['commands']) ? details['commands'].map(String) : []
  return { workstream: null, code, question: `nothing lands: ${message}; ${fix}`, commands, since: null }
}

function aboutBudget({ code, message }: Failure): NeedsYou {
  const question = `no agent begins: ${message}; raise it in sluice.yaml?`
  return { workstream: null, code, question, commands: ['sluice run'], since: null }
}

function approval(
  id: string,
  { rule, since }: { rule: string; since: number },
  title: string,
  attempt: Attempt | undefined,
): NeedsYou {
  const size = attempt === undefined ? '' : ` (${count(attempt.changed.length, 'file')} by ${attempt.tool})`
  return {
    workstream: id,
    code: 'E603',
    question: `may this land: ${oneLine(title || id, TITLE_MAX)}${size}? (landing.approve: ${oneLine(rule, TITLE_MAX)})`,
    commands: [`sluice approve ${id} --show`, `sluice approve ${id}`, `sluice approve ${id} --reject --comment "why"`],
    since,
  }
}

/** As long as nobody answers its tool stands still, and is ended as silent after `idle_minutes`. */
function permission({ workstream, tool, what }: OpenQuestion): NeedsYou {
  return {
    workstream,
    code: 'E206',
    question: `may ${tool}: ${oneLine(what, WHAT_MAX)}?`,
    commands: [
      `sluice approve ${workstream} --show`,
      `sluice approve ${workstream}`,
      `sluice approve ${workstream} --reject`,
    ],
    since: null,
  }
}

function fromConflict(conflict: Conflict, tool: string = MANUAL): NeedsYou {
  const files = listed(
    conflict.files.map(({ path }) => oneLine(path, TITLE_MAX)),
    3,
  )
  const others = [...new Set(conflict.files.flatMap(({ other }) => (other === null ? [] : [other.workstream])))]
  const by = others.length === 0 ? '' : `, also changed by ${listed(others, 3)}`
  const asked = tool === MANUAL ? [] : [`sluice resolve ${conflict.workstream} --tool ${tool}`]
  return {
    workstream: conflict.workstream,
    code: 'E402',
    question: `merge conflict in ${files}${by}: how do the two go together?`,
    commands: [...conflictCommands(conflict), ...asked, `sluice resolve ${conflict.workstream} --discard`],
    since: conflict.at,
  }
}

/** The report is gone, the state is not: the two ways out are the same. */
function bareConflict(id: string, state: { attempt: number; since: number }): NeedsYou {
  return {
    workstream: id,
    code: 'E402',
    question: `merge conflict; the work is at refs/sluice/wip/${id}/${state.attempt}`,
    commands: [...conflictCommands({ workstream: id }), `sluice resolve ${id} --discard`],
    since: state.since,
  }
}

/** One question for all that the user's checkout holds up, not one for each landing. */
function unpublished(
  rows: readonly WorkstreamRow[],
  target: string,
  pending: { heldUp: HeldUp | null } | null,
): NeedsYou[] {
  const heldUp = pending?.heldUp ?? null
  const ask = (workstream: string | null, what: string, since: number | null): NeedsYou[] => [
    {
      workstream,
      code: 'W407',
      question: `${what} cannot be shown in your checkout of ${target}${reasonOf(heldUp)}`,
      commands: [...wayOut(heldUp), 'sluice run'],
      since,
    },
  ]
  let last: { id: string; at: number } | null = null
  let landings = 0
  for (const { id, state } of rows) {
    if (state.state !== 'landed' || state.published) continue
    landings += 1
    if (last === null || state.at >= last.at) last = { id, at: state.at }
  }
  if (last !== null) return ask(last.id, count(landings, 'landing'), last.at)
  // A rollback, or landings of an earlier run.
  return pending === null ? [] : ask(null, 'what was done last', null)
}

/** One question too; the answer is the user's own push, or another run. */
function notPushed(
  rows: readonly WorkstreamRow[],
  target: string,
  unpushed: NonNullable<NeedsYouInput['unpushed']> | null,
): NeedsYou[] {
  if (unpushed === null || unpushed.landings === 0) return []
  const landed = rows.flatMap(({ id, state }) => (state.state === 'landed' ? [{ id, at: state.at }] : []))
  const last = landed.toSorted((a, b) => b.at - a.at)[0]
  if (last === undefined) return []
  const { remote, landings } = unpushed
  return [
    {
      workstream: last.id,
      code: 'W407',
      question: `${count(landings, 'landing')} could not be pushed to ${oneLine(remote, TITLE_MAX)}: see what it says`,
      commands: [`git push ${remote} ${target}`, 'sluice run'],
      since: last.at,
    },
  ]
}

/** Named in a question and in a command; more of them are better looked at. */
const PATHS_MAX = 3

function reasonOf(heldUp: HeldUp | null): string {
  if (heldUp === null) return ' yet; nothing is in the way any more'
  const paths = listed(
    heldUp.paths.map((path) => oneLine(path, TITLE_MAX)),
    PATHS_MAX,
  )
  return `: ${heldUp.reason}${paths === '' ? '' : ` (${paths})`}`
}

/** A stash of exactly these files, tracked or not. What is in progress somewhere has to be finished by who began it. */
function wayOut(heldUp: HeldUp | null): string[] {
  if (heldUp === null) return []
  const files = heldUp.paths.filter((path) => !isAbsolute(path))
  if (files.length === 0) return ['git status']
  if (files.length > PATHS_MAX) return ['git status', 'git stash push --all']
  return ['git status', `git stash push --all -- ${files.map(shellWord).join(' ')}`]
}
