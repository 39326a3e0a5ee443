/** Reminds people of what they were asked for, and makes it louder when their time is over. What was told is in the state. */
import { join } from 'node:path'
import type { NewEvent } from '../model/event.ts'
import { descendantsOf } from '../model/graph.ts'
import { MANUAL } from '../schedule/fallback.ts'
import { due, MANUAL_TIMEOUT_MINUTES } from '../schedule/reminders.ts'
import type { WorkstreamRow } from '../store/store.ts'
import type { Context } from './context.ts'
import { attemptDir } from './paths.ts'

/** Tells what is due; gives the moment of the next, or null while nobody is asked. */
export async function remind({ ledger, config, paths, now }: Context): Promise<number | null> {
  const at = now()
  const timeoutMs = (config.tools.settings[MANUAL]?.timeoutMinutes ?? MANUAL_TIMEOUT_MINUTES) * 60_000
  const definitions = [...ledger.rows.values()].map(({ definition }) => definition)
  const workstreams: WorkstreamRow[] = []
  const events: NewEvent[] = []
  let next: number | null = null
  for (const row of ledger.rows.values()) {
    const { id, state } = row
    if (state.state !== 'waiting' || state.for !== 'manual') continue
    const { attempt, since, reminded = 0, isOverdue = false } = state
    const { reminder, escalates, nextAt } = due({ since, reminded, isOverdue }, timeoutMs, at)
    next = Math.min(next ?? nextAt, nextAt)
    if (reminder === null && !escalates) continue
    workstreams.push({
      ...row,
      state: { ...state, reminded: reminder ?? reminded, ...(escalates ? { isOverdue: true } : {}) },
    })
    const blocks = descendantsOf(definitions, [id]).size
    const brief = join(attemptDir(paths, ledger.run.id, id, attempt), 'brief.md')
    events.push({ type: 'person.reminded', ms: at - since, escalates, blocks, brief, workstream: id, attempt })
  }
  if (events.length > 0) await ledger.record({ workstreams, events })
  return next
}
