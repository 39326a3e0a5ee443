/**
 * `sluice explain ID`: why is it not running, and what would make it run? Answered from what is stored, in one screen:
 * where it stands, what it waits for and why that does not come, every try so far, and the commands that help.
 */
import { type Attempt, openQuestion } from '../model/attempt.ts'
import type { Conflict, Landing } from '../model/landing.ts'
import type { Failure } from '../model/failure.ts'
import type { StateName, View } from '../model/state.ts'
import type { WorkstreamRow } from '../store/store.ts'

export interface Blocker {
  id: string
  state: StateName
  /** Why it stands there, when it failed or is in conflict. */
  failure: Failure | null
}

export interface WorkstreamSituation {
  row: WorkstreamRow
  view: View
  /** Its own, oldest first. */
  attempts: readonly Attempt[]
  /** Its newest landing, or null. */
  landing: Landing | null
  conflict: Conflict | null
  /** What its newest attempt was begun on top of and has not landed so far. */
  buildsOn: readonly string[]
  /** What `view.blockedBy` names, in that order. */
  blockers: readonly Blocker[]
  /** What cannot go on because of it, directly or not. */
  blocks: readonly string[]
  /** Why no new agent begins on this machine now. */
  noRoom: readonly Failure[]
  /** What else it waits for, or does without, in words: a pause of all, a tool that is not to be had, its own wait. */
  pauses: readonly string[]
  /** Which tools it may take, and how its tries led from one to the next, in lines. */
  decision: readonly string[]
  /** Where the brief of a person's attempt is; null where none is asked. */
  brief: string | null
  /** A coordinator is at work: what can go on does so by itself. */
  isLive: boolean
}

/** Of what a tool asks to be allowed; `approve --show` has all of it. */
const QUESTION_MAX = 200

/** Attempts shown; the report has all. */
const ATTEMPTS_MAX = 10
const BLOCKS_MAX = 20
const PATHS_MAX = 3
const COMMIT_LETTERS = 9

export function explainWorkstream(situation: WorkstreamSituation): string[] {
  const { row, view, attempts } = situation
  const title = row.definition.title === '' ? '' : `: ${row.definition.title}`
  const hidden = attempts.length - ATTEMPTS_MAX
  const tries = [
    ...(hidden > 0 ? [`(${hidden} earlier ones: sluice report)`] : []),
    ...attempts.slice(-ATTEMPTS_MAX).map(attemptText),
  ]
  return [
    `${row.id} is ${stateText(view.name)}${title}`,
    ...section('why', [...whyOf(situation), ...groundOf(situation)]),
    ...section('tried', [...tries, ...rungsOf(situation)]),
    ...section('tools', situation.decision),
    ...section('kept', attempts.slice(-ATTEMPTS_MAX).flatMap(keptTexts)),
    ...section('look', attempts.slice(-ATTEMPTS_MAX).flatMap(lookTexts)),
    ...section('blocks', blocksOf(situation)),
    ...section('next', nextOf(situation)),
  ]
}

function section(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(8)}${line}`)
}

function whyOf({
  row,
  view,
  attempts,
  landing,
  conflict,
  blockers,
  noRoom,
  pauses,
  brief,
  isLive,
}: WorkstreamSituation): string[] {
  const { state } = row
  switch (state.state) {
    case 'open':
      if (view.name === 'ready' && isLive && noRoom.length + pauses.length > 0)
        return [...noRoom.map((failure) => `it waits for room on this machine: ${failureText(failure)}`), ...pauses]
      if (view.name === 'ready')
        return [`nothing is in its way: it begins as soon as ${isLive ? 'a seat is free' : 'a run is at work'}`]
      return blockers.map((blocker) => `it waits for ${blockerText(blocker)}`)
    case 'running':
      return [`agent-${state.agent} works on it (attempt ${state.attempt})`, ...questionOf(attempts)]
    case 'checking':
      return [`attempt ${state.attempt} is done; its acceptance tests ${isLive ? 'run' : 'are next'}`]
    case 'queued':
      return [`attempt ${state.attempt} is done; it ${isLive ? 'waits for its turn to land' : 'lands next'}`]
    case 'landing':
      return [`landing ${state.landing} is under way${landing === null ? '' : `: ${landing.stage}`}`]
    case 'landed': {
      const where = `landing ${state.landing}, commit ${state.commit}`
      return state.published ? [where] : [where, 'your checkout does not show it yet (sluice explain W407)']
    }
    case 'waiting':
      return state.for === 'manual'
        ? [
            'it is to be done by a person',
            ...(brief === null ? [] : [`the brief is ${brief}`]),
            ...(state.isOverdue === true ? ['E203 nobody has handed it in, and the time for that is over'] : []),
          ]
        : [`E603 attempt ${state.attempt} is done; it lands when somebody approves it (landing.approve: ${state.rule})`]
    case 'conflict':
      return conflict === null
        ? [failureText(state.failure)]
        : conflict.files.map((file) => {
            const lines = file.lines.map(({ start, end }) => `${start}-${end}`).join(',')
            const other = file.other === null ? 'the target' : file.other.workstream
            return `${file.path}${lines === '' ? '' : `:${lines}`} was also changed by ${other}`
          })
    case 'failed':
      return [failureText(state.failure)]
    case 'discarded':
      return [state.satisfied ? 'it was skipped; what depends on it may go on' : 'it was given up']
    case 'cancelled':
      return ['it was stopped by a person']
    case 'held':
      return ['it was taken out by a person']
    case 'reverted':
      return [`landing ${state.landing} was undone`]
  }
  return []
}

/** What was tried to settle a conflict. */
function rungsOf({ row, conflict }: WorkstreamSituation): string[] {
  if (row.state.state !== 'conflict') return []
  return (conflict?.tried ?? []).map((one) => {
    return `${'tool' in one ? one.tool : one.rung}, to settle the conflict: ${one.how}`
  })
}

/** What has to land before it. */
function groundOf({ buildsOn }: WorkstreamSituation): string[] {
  if (buildsOn.length === 0) return []
  return [`it builds on ${buildsOn.join(', ')}, about to land; if that does not, it is thrown back and begins anew`]
}

function blocksOf({ blocks }: WorkstreamSituation): string[] {
  const hidden = blocks.length - BLOCKS_MAX
  if (blocks.length === 0) return []
  return [`${blocks.slice(0, BLOCKS_MAX).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`]
}

function blockerText({ id, state, failure }: Blocker): string {
  return `${id}, which is ${stateText(state)}${failure === null ? '' : ` (${failureText(failure)})`}`
}

/** After `is`. */
function stateText(name: StateName): string {
  return name === 'conflict' ? 'in conflict' : name
}

function failureText({ code, message }: Failure): string {
  return `${code} ${message}`
}

function attemptText({ number, tool, outcome, phase, work, changed }: Attempt): string {
  const end =
    outcome === null ? phase : `${outcome.kind}${outcome.code === null ? '' : ` ${outcome.code}`}: ${outcome.message}`
  const kept = work === null ? '' : ` (${changed.length} ${changed.length === 1 ? 'file' : 'files'} kept)`
  return `${number} ${tool}: ${end}${kept}`
}

/** What an attempt left besides its work, with the way to get at it. */
function keptTexts({ number, parked, strays = [] }: Attempt): string[] {
  const outside = parked === undefined ? [] : [`${listed(parked.paths)} outside the scope: git apply ${parked.patch}`]
  const besides = strays.map(({ ref }) => `besides the work: git log -p ${ref}`)
  return [...outside, ...besides].map((text) => `attempt ${number}: ${text}`)
}

/** What somebody should look at in an attempt's work though it stops nothing. */
function lookTexts({ number, warnings = [], base, work }: Attempt): string[] {
  const how = work === null ? '' : `: git diff ${short(base)} ${short(work)}`
  return warnings.map(({ code, message }) => `attempt ${number}: ${code} ${message}${how}`)
}

function short(commit: string): string {
  return commit.slice(0, COMMIT_LETTERS)
}

function listed(paths: readonly string[]): string {
  const hidden = paths.length - PATHS_MAX
  return `${paths.slice(0, PATHS_MAX).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
}

/** What its tool stands still for, if anything. */
function questionOf(attempts: readonly Attempt[]): string[] {
  const newest = attempts.at(-1)
  const question = newest === undefined ? null : openQuestion(newest)
  if (question === null) return []
  const what = question.what.replaceAll(/\s+/g, ' ')
  const shown = what.length > QUESTION_MAX ? `${what.slice(0, QUESTION_MAX)}...` : what
  return [`E206 its tool asks: may it ${shown}?`]
}

/** Commands that lead out of this state, the likeliest first; none where only time is needed. */
function nextOf({ row, view, attempts, blockers, isLive }: WorkstreamSituation): string[] {
  const { id, state } = row
  const goesOn = isLive ? [] : ['sluice run']
  switch (state.state) {
    case 'running':
      return [...goesOn, ...(questionOf(attempts).length === 0 ? [] : [`sluice approve ${id}   (or with --reject)`])]
    case 'checking':
    case 'queued':
    case 'landing':
      return goesOn
    case 'open': {
      if (view.name === 'ready') return goesOn
      if (view.name === 'pending') return goesOn
      return blockers.map((blocker) => `sluice explain ${blocker.id}`)
    }
    case 'waiting':
      if (state.for === 'approval') {
        return [
          `sluice approve ${id} --show   (what would land, and what speaks for it)`,
          `sluice approve ${id}`,
          `sluice approve ${id} --reject --comment "what to do differently"`,
        ]
      }
      return [
        `sluice open ${id}   (a worktree for it)`,
        `sluice submit ${id}   (hands in what you made there, else what is on ws/${id}; or --ref REF)`,
      ]
    case 'conflict':
      return [
        `sluice open ${id}   (begins the merge in a worktree: settle it there, commit)`,
        `sluice resolve ${id}   (hands in what you made there; or --rebase, --ref REF, --tool TOOL, --discard)`,
        'sluice explain E402',
      ]
    case 'failed':
      return [
        `sluice logs ${id}`,
        `sluice retry ${id} --note "what to do differently"`,
        `sluice skip ${id} --satisfy   (what depends on it goes on without it)`,
        `sluice explain ${state.failure.code}`,
      ]
    case 'discarded':
    case 'cancelled':
    case 'reverted':
      return [`sluice retry ${id}`]
    case 'held':
      return [`sluice release ${id}`]
    default:
      return []
  }
}
