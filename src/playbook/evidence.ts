/**
 * The evidence for a code: the events of a run that speak of it. One reading for all codes, so that a new event with a
 * failure in it is evidence without anybody having to think of that.
 */
import type { Code } from '../model/failure.ts'
import type { Event } from '../model/event.ts'
import { passed } from '../model/landing.ts'

/** Every code that an event speaks of, each once. A repair is not among them: it is told as one. */
export function codesOf(event: Event): Code[] {
  switch (event.type) {
    case 'workstream.state': {
      const { to } = event
      if ('failure' in to) return [to.failure.code]
      return to.state === 'waiting' && to.for === 'approval' ? ['E603'] : []
    }
    case 'attempt.ended':
      return event.outcome.code === null ? [] : [event.outcome.code]
    case 'person.reminded':
      return event.escalates ? ['E203'] : []
    case 'tool.fallback':
      return ['W209']
    case 'landing.refused':
    case 'target.frozen':
    case 'warning':
      return [event.failure.code]
    case 'check.ended':
      return event.kind === 'acceptance' && !passed(event.results) ? ['E502'] : []
    case 'threshold.crossed':
      // That it is over is no evidence of it.
      return event.to === 'normal' ? [] : [event.code]
    case 'room.short':
      return [...new Set(event.reasons.map(({ code }) => code))]
    case 'pause.holds':
      return [event.pause.code]
    case 'landing.flaky':
      return ['E504']
    case 'publish.pending':
      return ['W407']
    case 'conflict.found':
    case 'conflict.left':
      return ['E402']
    default:
      return []
  }
}

/** Of a code, oldest first. Only the first of what several events in a row tell of the same workstream and attempt. */
export function evidenceOf(code: Code, events: readonly Event[]): Event[] {
  const found: Event[] = []
  const told = new Set<string>()
  for (const event of events) {
    if (!codesOf(event).includes(code)) continue
    const about = `${event.workstream}.${event.attempt}`
    if (event.attempt !== null && told.has(about)) continue
    told.add(about)
    found.push(event)
  }
  return found
}
