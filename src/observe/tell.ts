/**
 * One event in words: the one place that knows how each is told. The terminal adds a clock and colour, the log files
 * add a date and a level word; neither has sentences of its own, so they cannot tell different stories.
 *
 * Everything that is put into a sentence goes through `oneLine` or is an id that was validated at the door.
 */
import type { Event } from '../model/event.ts'
import { EXIT } from '../model/failure.ts'
import type { PredictedConflict } from '../model/landing.ts'
import type { WorkstreamState } from '../model/state.ts'
import { countsText } from './counts.ts'
import { oneLine } from './neutralise.ts'
import { requestText } from './request-text.ts'
import { tellAttempt, tellCheck, tellTool } from './tell-attempt.ts'
import { tellMachine } from './tell-machine.ts'
import { tellTarget } from './tell-target.ts'
import { tellLanding } from './tell-landing.ts'
import { MESSAGE_MAX, tellFailure, type Memory, type Telling, type Words } from './telling.ts'
import { clockIn, count, durationText, listed, shortCommit, withShortCommits } from './units.ts'

/** Tells events, given in order. */
export function createTeller(): (event: Event) => Telling {
  const memory: Memory = { target: 'the target', known: new Set(), gates: new Map(), begin: null }
  return (event) => {
    if (event.type === 'run.started' || event.type === 'run.resumed') {
      memory.target = event.target
      memory.begin = { at: event.at, resumed: event.type === 'run.resumed' }
    }
    const words = tell(event, memory)
    return { level: 'info', subject: event.workstream ?? 'run', detail: [], loud: true, complete: false, ...words }
  }
}

function tell(event: Event, memory: Memory): Words {
  switch (event.type) {
    case 'run.started':
    case 'run.resumed':
    case 'run.draining':
    case 'run.ended':
    case 'run.progress':
    case 'run.waiting':
    case 'run.detached':
      return tellRun(event, memory)
    case 'workstream.state':
      return tellState(event.workstream ?? '', event.to, event.why)
    case 'workstream.changed':
      return { level: 'warning', text: `the definition changed: ${oneLine(event.what, MESSAGE_MAX)}` }
    case 'attempt.started':
    case 'attempt.launched':
    case 'attempt.adopted':
    case 'attempt.checkpoint':
    case 'attempt.said':
    case 'attempt.asked':
    case 'attempt.ended':
      return tellAttempt(event)
    case 'person.reminded':
      return tellReminder(event)
    case 'tool.fallback':
    case 'tool.waiting':
      return tellTool(event)
    case 'threshold.crossed':
    case 'room.short':
    case 'room.again':
    case 'pause.holds':
    case 'pause.over':
    case 'disk.full':
    case 'disk.again':
      return tellMachine(event)
    case 'dependents.blocked':
      return { level: 'warning', text: `blocks ${dependentsText(event)}` }
    case 'dependents.freed':
      return { text: `no longer blocks ${dependentsText(event)}` }
    case 'slot.prepared': {
      const how = event.created ? 'created' : 'made ready again'
      return { subject: event.slot, text: `slot ${how} in ${durationText(event.ms)}`, loud: false }
    }
    case 'slot.report':
      return { subject: event.workstream ?? event.slot, level: 'warning', text: oneLine(event.text, MESSAGE_MAX) }
    case 'check.started':
    case 'check.ended':
      return tellCheck(event, memory)
    case 'request.applied':
      return { text: `${requestText(event.request)}: ${oneLine(event.answer, MESSAGE_MAX)}` }
    case 'radar.predicted':
      return tellPrediction(event.conflicts)
    case 'fix.recorded': {
      const said = [event.problem, event.action, event.proof].map((text) => oneLine(text, MESSAGE_MAX))
      return { level: 'warning', text: `repaired ${event.code}: ${withShortCommits(said.join('; '))}` }
    }
    case 'rollback.done':
    case 'target.frozen':
    case 'target.thawed':
      return tellTarget(event)
    case 'warning':
      return { level: 'warning', ...tellFailure(event.failure, '') }
    default:
      return tellLanding(event, memory)
  }
}

/** Dependents named in one line; `explain` of the workstream names more. */
const DEPENDENTS_TOLD = 3

function dependentsText({ ids, count: all }: { ids: readonly string[]; count: number }): string {
  const names = ids.slice(0, DEPENDENTS_TOLD).join(', ')
  return all > DEPENDENTS_TOLD ? `${all}: ${names} and ${all - DEPENDENTS_TOLD} more` : names
}

/** Pairs named in one line; `status` names all. */
const PAIRS_TOLD = 3

function tellPrediction(conflicts: readonly PredictedConflict[]): Words {
  if (conflicts.length === 0) return { text: 'no two workstreams in flight would conflict now' }
  const pairs = conflicts.map(({ a, b, paths }) => `${a} and ${b} in ${oneLine(listed(paths, 2), MESSAGE_MAX)}`)
  return { text: `${count(conflicts.length, 'conflict')} predicted: ${listed(pairs, PAIRS_TOLD)}` }
}

function tellRun(event: Extract<Event, { type: `run.${string}` }>, { begin }: Memory): Words {
  switch (event.type) {
    case 'run.started': {
      const what = `${count(event.workstreams, 'workstream')}, ${count(event.agents, 'agent')}`
      return { text: `${event.run} began on ${event.target} at ${shortCommit(event.base)}: ${what}` }
    }
    case 'run.resumed': {
      const what = `${event.landed} landed, ${event.adopted} still at work, ${count(event.agents, 'agent')}`
      return { text: `${event.run} goes on with ${event.target} at ${shortCommit(event.tip)}: ${what}` }
    }
    case 'run.draining':
      return event.by === 'signal'
        ? { level: 'warning', text: 'stopping: nothing new begins, what runs may finish; Ctrl-C again stops now' }
        : { level: 'warning', text: 'stopping as asked: nothing new begins, what runs may finish' }
    case 'run.ended': {
      const inAll = durationText(event.makespanMs)
      const time = begin?.resumed ? `${durationText(event.at - begin.at)}, ${inAll} at work in all` : inAll
      const bound = ` (the estimates allow ${durationText(event.boundMs)} at best)`
      return {
        level: event.exit === 0 ? 'info' : 'warning',
        text: `ended after ${time}${bound}: ${countsText(event.counts)}; exit ${event.exit}`,
        detail: endDetail(event.exit),
      }
    }
    case 'run.waiting': {
      const text = `only you can go on: ${listed(event.for, 6)}; sluice status says what to type, q leaves`
      return { level: 'warning', text }
    }
    case 'run.detached': {
      const working = event.working.length === 0 ? '' : `, ${listed(event.working, 6)} still at work`
      return { level: 'warning', text: `detached${working}; sluice run goes on` }
    }
    default: {
      const working = event.working.length === 0 ? '' : `; at work: ${oneLine(listed(event.working, 6), MESSAGE_MAX)}`
      return { text: `${countsText(event.counts)}; ETA ${etaText(event.at, event.etaMinutes)}${working}` }
    }
  }
}

/** The command that leads on. */
function endDetail(exit: number): string[] {
  if (exit === EXIT.ok) return []
  return [
    exit === EXIT.interrupted
      ? 'next    sluice run   (goes on)'
      : 'next    sluice status   (what needs you, and what failed)',
  ]
}

function etaText(at: number, eta: [number, number] | null): string {
  if (eta === null) return '?'
  const [soon, late] = [clockIn(at, eta[0]), clockIn(at, eta[1])]
  return soon === late ? soon : `${soon} to ${late}`
}

/** A reminder is as loud as the question; when the time is over it is an error, with every way out. */
function tellReminder(event: Extract<Event, { type: 'person.reminded' }>): Words {
  const id = event.workstream ?? ''
  const held = event.blocks === 0 ? '' : `; ${count(event.blocks, 'workstream')} cannot go on without it`
  const brief = `brief   ${oneLine(event.brief, MESSAGE_MAX)}`
  const submit = `next    sluice open ${id}, then sluice submit ${id}`
  if (!event.escalates)
    return {
      level: 'warning',
      text: `still waits for you, for ${durationText(event.ms)}${held}`,
      detail: [brief, submit],
    }
  return {
    level: 'error',
    text: `E203 nobody has handed it in for ${durationText(event.ms)}${held}`,
    detail: [brief, submit, `or      sluice retry ${id} --tool NAME, or sluice skip ${id} --satisfy`],
  }
}

/** `running`, `checking`, `queued`, `landing`, `landed` and `conflict` have events of their own that say more. */
function tellState(id: string, to: WorkstreamState, why: string | null): Words {
  const because = why === null ? '' : `: ${oneLine(why, MESSAGE_MAX)}`
  switch (to.state) {
    case 'open':
      return { text: `open again${because}`, loud: why !== null }
    case 'waiting':
      return to.for === 'manual'
        ? {
            level: 'warning',
            text: `waits for you${because}`,
            detail: [`next    sluice open ${id}, then sluice submit ${id}`],
          }
        : {
            level: 'warning',
            text: `E603 ${shortCommit(to.work)} waits for your approval${because}`,
            detail: [`next    sluice approve ${id} --show`],
          }
    case 'failed':
      return { level: 'error', ...tellFailure(to.failure, 'failed: ') }
    case 'discarded': {
      const rest = to.satisfied ? 'what depends on it may go on' : 'what depends on it stays blocked'
      return { level: 'warning', text: `given up${because}; ${rest}` }
    }
    case 'cancelled':
    case 'held':
      return { level: 'warning', text: `${to.state}${because}` }
    case 'reverted':
      return {
        level: 'warning',
        text: `landing ${to.landing} was undone${because}`,
        detail: [`next    sluice retry ${id}`],
      }
    default:
      return { text: `${to.state}${because}`, loud: false }
  }
}
