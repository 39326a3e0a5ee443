/**
 * Which of the five log files an event goes to, and as which line (S22): plain text for grep, one line per event and
 * file, `TIME LEVEL who what`.
 *
 * | file | what |
 * | --- | --- |
 * | `agent_N.log` | everything about the attempts of that seat |
 * | `worktree_manager.log` | slots, pinned work, candidates, the target |
 * | `tool_fallback.log` | one line per switch: when, what, from, to, why; and per tool that is not to be had, or is again, or by a person's word |
 * | `conflicts.log` | conflicts and how they were settled |
 * | `orchestrator.log` | every event |
 */
import type { Event } from '../model/event.ts'
import { conflictLog } from './conflict-text.ts'
import { oneLine } from './neutralise.ts'
import { pauseLog } from './pause-text.ts'
import type { Level, Telling } from './telling.ts'

/** The file that has every event, and is written last: see `log-files.ts`. */
export const ORCHESTRATOR_LOG = 'orchestrator.log'

/** Files that are there from the beginning: an empty one says that nothing of its kind has happened. */
export const LOG_FILES = [ORCHESTRATOR_LOG, 'worktree_manager.log', 'tool_fallback.log', 'conflicts.log'] as const

const LEVEL: Record<Level, string> = { info: 'INFO', warning: 'WARNING', error: 'ERROR' }

const RULED = { force: 'forced', forbid: 'forbidden', allow: 'allowed' } as const

export interface LogLine {
  file: string
  text: string
}

/** `agent` is the seat of the event's attempt, or null when it has none (or is a human's). */
export function logLines(event: Event, telling: Telling, agent: number | null): LogLine[] {
  const files = new Set<string>()
  if (agent !== null && agent > 0) files.add(`agent_${agent}.log`)
  const slot = 'slot' in event ? /^agent-(\d+)$/.exec(event.slot) : null
  if (slot !== null) files.add(`agent_${slot[1]}.log`)
  if (isAboutTrees(event)) files.add('worktree_manager.log')
  if (isAboutConflicts(event)) files.add('conflicts.log')
  const head = `${new Date(event.at).toISOString()} ${LEVEL[telling.level].padEnd(7)} ${telling.subject}`
  const text = `${head} ${telling.complete ? 'COMPLETE ' : ''}${telling.text}`
  const lines = [...files].map((file) => ({ file, text }))
  if (event.type === 'tool.fallback') {
    const why = oneLine(event.why, 300)
    const what = `attempt=${event.attempt ?? '-'} from=${event.from} to=${event.to} code=${event.code ?? '-'} why=${why}`
    lines.push({ file: 'tool_fallback.log', text: `${head} ${what}` })
  }
  if (event.type === 'request.applied' && event.request.kind === 'tool') {
    const what = `tool=${event.request.tool} state=${RULED[event.request.rule]} by=person`
    lines.push({ file: 'tool_fallback.log', text: `${head} ${what}` })
  }
  if (event.type === 'pause.holds' || event.type === 'pause.over') {
    const what = pauseLog(event.pause, event.type === 'pause.over')
    if (what !== null) lines.push({ file: 'tool_fallback.log', text: `${head} ${what}` })
  }
  if (event.type === 'conflict.found' || event.type === 'conflict.left')
    lines.push({ file: 'conflicts.log', text: `${head} ${conflictLog(event.conflict)}` })
  return [...lines, { file: ORCHESTRATOR_LOG, text }]
}

function isAboutTrees(event: Event): boolean {
  switch (event.type) {
    case 'slot.prepared':
    case 'slot.report':
    case 'landing.intent':
    case 'landing.built':
    case 'landing.moved':
    case 'landing.rebuilt':
    case 'publish.pending':
    case 'publish.done':
    case 'push.done':
    case 'push.merged':
      return true
    case 'attempt.ended':
      return event.work !== null
    case 'fix.recorded':
      return event.code.startsWith('E4')
    default:
      return false
  }
}

/** Besides the reports themselves, which have a form of their own there. */
function isAboutConflicts(event: Event): boolean {
  switch (event.type) {
    case 'workstream.state':
      return event.from === 'conflict'
    case 'request.applied':
      return ['resolve', 'settle', 'discard'].includes(event.request.kind)
    case 'conflict.tried':
    case 'conflict.settled':
      return true
    case 'fix.recorded':
      return event.code === 'E402'
    default:
      return false
  }
}
