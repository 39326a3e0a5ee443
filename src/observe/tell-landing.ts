/** The way of a piece of work from the queue to the target, in words. */
import type { Event } from '../model/event.ts'
import { type Conflict, isClimbing } from '../model/landing.ts'
import { conflictLine, conflictText, settledText, triedName } from './conflict-text.ts'
import { oneLine } from './neutralise.ts'
import { KNOWN, MESSAGE_MAX, tellFailure, type Memory, type Words } from './telling.ts'
import { count, durationText, listed, shortCommit } from './units.ts'

type LandingEvent = Extract<
  Event,
  { type: `landing.${string}` | `publish.${string}` | `push.${string}` | `conflict.${string}` }
>

export function tellLanding(event: LandingEvent, { target, gates, known }: Memory): Words {
  switch (event.type) {
    case 'landing.queued':
      return { text: `queued for landing (${shortCommit(event.work)})`, loud: false }
    case 'landing.intent':
      return { text: `landing ${event.landing} is to go onto ${shortCommit(event.onto)}`, loud: false }
    case 'landing.built':
      return { text: `landing ${event.landing} is built as ${shortCommit(event.commit)}`, loud: false }
    case 'landing.gated': {
      const took = known.delete(event.commit) ? KNOWN : durationText(event.ms)
      gates.set(event.landing, took)
      return { text: `landing ${event.landing}: gate ok on ${shortCommit(event.commit)} (${took})`, loud: false }
    }
    case 'landing.flaky':
      return {
        level: 'warning',
        text: `E504 the gate is flaky: red, then green on the same commit ${shortCommit(event.commit)}`,
      }
    case 'landing.moved': {
      const took = gates.get(event.landing)
      gates.delete(event.landing)
      const gate = took === undefined ? '' : `, gate ok (${took})`
      const where = event.published ? `on ${target}` : `beside ${target}, which cannot be moved yet,`
      return { text: `landed ${where} as ${shortCommit(event.commit)}${gate}`, complete: true }
    }
    case 'landing.rebuilt':
      return { text: `built again onto ${shortCommit(event.onto)}: ${oneLine(event.why, MESSAGE_MAX)}` }
    case 'landing.refused':
      gates.delete(event.landing)
      // A conflict is told once, with its report.
      return { level: 'warning', ...tellFailure(event.failure, 'not landed: '), loud: event.failure.code !== 'E402' }
    case 'publish.pending': {
      const paths = event.paths.length === 0 ? '' : ` (${oneLine(listed(event.paths, 3), MESSAGE_MAX)})`
      return {
        level: 'warning',
        text: `W407 landings wait beside ${target}: ${oneLine(event.reason, MESSAGE_MAX)}${paths}`,
      }
    }
    case 'publish.done': {
      // A rollback alone is none.
      const by = event.landings === 0 ? '' : ` by ${count(event.landings, 'landing')}`
      return { text: `${target} was brought forward${by} to ${shortCommit(event.tip)}` }
    }
    case 'push.done':
      return { text: `${target} was pushed to ${oneLine(event.remote, MESSAGE_MAX)} at ${shortCommit(event.commit)}` }
    case 'push.merged': {
      const remote = oneLine(event.remote, MESSAGE_MAX)
      return { text: `${remote} had moved on to ${shortCommit(event.theirs)}: merged into ${target}, gate ok` }
    }
    case 'conflict.found': {
      const { conflict } = event
      // With rungs left to climb there is nothing to do about it yet.
      if (isClimbing(conflict)) return { level: 'warning', text: conflictLine(conflict) }
      return tellLeft(conflict)
    }
    case 'conflict.tried': {
      const { tried } = event
      return {
        level: 'warning',
        text: `conflict not settled by ${triedName(tried)}: ${oneLine(tried.how, MESSAGE_MAX)}`,
      }
    }
    case 'conflict.settled':
      return { text: `conflict settled as ${shortCommit(event.work)}: ${settledText(event.by)}; the gate decides` }
    default:
      return tellLeft(event.conflict)
  }
}

/** All that a person needs who has to settle it. */
function tellLeft(conflict: Conflict): Words {
  const detail = conflictText(conflict, []).slice(1)
  return { level: 'error', text: conflictLine(conflict), detail: detail.map((line) => line.trimEnd()) }
}
