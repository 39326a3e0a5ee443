/** How long a run was at work: the time between its starts, when nobody was, does not count. */
import { type Event, isSignOfWork } from '../model/event.ts'

export interface TimeAtWork {
  ms: number
  /** How often it was begun and gone on with. */
  starts: number
}

/** `events` of one run, in order: all, or what `Store.turningPoints` gives. `now` in milliseconds since 1970 while a coordinator is at work, else null. */
export function timeAtWork(events: readonly Event[], now: number | null): TimeAtWork {
  let ms = 0
  let starts = 0
  let open: { from: number; to: number } | null = null
  const close = (at: number | null): void => {
    if (open !== null) ms += Math.max(0, (at ?? open.to) - open.from)
    open = null
  }
  for (const event of events) {
    if (event.type === 'run.started' || event.type === 'run.resumed') {
      close(null)
      starts += 1
      open = { from: event.at, to: event.at }
    } else if (event.type === 'run.ended') close(event.at)
    // Of a start that was killed, this is the last that is known.
    else if (open !== null && isSignOfWork(event)) open.to = event.at
  }
  close(now)
  return { ms, starts: Math.max(1, starts) }
}
