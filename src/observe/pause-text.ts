/** What keeps agents from beginning, in words: the same for the progress lines, status, `explain` and `tools`. */
import type { Pause } from '../model/pause.ts'
import { oneLine } from './neutralise.ts'
import { MESSAGE_MAX } from './telling.ts'
import { clockText, count, listed } from './units.ts'

/** Workstreams in one line. */
const MET_TOLD = 3

/** Without the code: one line that says what is short, until when, and what happens then. */
export function pauseText(pause: Pause): string {
  const met = listed(pause.met, MET_TOLD)
  switch (pause.of) {
    case 'network':
      return pause.state === 'open'
        ? `the network is gone for all (${met}, ${count(pause.tries, 'attempt')}): nobody begins before ${clockText(pause.until)}, then one tries`
        : `the network was gone for all (${met}): one attempt is let through, the others begin when it has reached its service`
    case 'memory': {
      const agents = `${pause.agents} of ${count(pause.all, 'agent')}`
      return `${agents} (memory): ${met} ran out of it; one more at ${clockText(pause.until)}`
    }
    case 'tool': {
      const why = `${oneLine(pause.why, MESSAGE_MAX)}, met by ${met}`
      if (pause.state === 'paused') return `${pause.tool} gets no work before ${clockText(pause.until)}: ${why}`
      if (pause.state === 'half-open') return `${pause.tool} is offered to one workstream again, as a probe: ${why}`
      return `${pause.tool} is passed over until ${clockText(pause.until)}, then one tries it again: ${why}`
    }
  }
}

/** After it is over. */
export function pauseOverText(pause: Pause): string {
  switch (pause.of) {
    case 'network':
      return 'the network is there again'
    case 'memory':
      return `${count(pause.all, 'agent')} may work at once again`
    case 'tool':
      return pause.state === 'paused' ? `${pause.tool} gets work again` : `${pause.tool} is offered to all again`
  }
}

/** One line of `tool_fallback.log`, in its form; null for what is no tool's. */
export function pauseLog(pause: Pause, isOver: boolean): string | null {
  if (pause.of !== 'tool') return null
  const state = isOver ? 'closed' : pause.state
  const until = isOver ? '-' : new Date(pause.until).toISOString()
  return `tool=${pause.tool} state=${state} until=${until} code=${pause.code} met=${pause.met.join(',')} why=${oneLine(pause.why, MESSAGE_MAX)}`
}
