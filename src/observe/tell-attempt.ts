/** Attempts and checks in words: who works on what, and how it ended. */
import type { OutcomeKind } from '../model/attempt.ts'
import type { Event } from '../model/event.ts'
import type { CheckResult } from '../model/landing.ts'
import { dollars } from '../schedule/budget.ts'
import { oneLine } from './neutralise.ts'
import { KNOWN, type Memory, MESSAGE_MAX, tailLines, type Words } from './telling.ts'
import { clockText, count, durationText, listed, shortCommit } from './units.ts'

const ENDED: Record<OutcomeKind, string> = {
  ok: 'is done',
  empty: 'is done, with nothing to change',
  'no-change': 'changed nothing',
  crash: 'crashed',
  timeout: 'ran out of time',
  hang: 'hung',
  'waiting-for-input': 'waited for input',
  refusal: 'was refused by the tool',
  'out-of-scope': 'went out of scope',
  rejected: 'left what cannot be accepted',
  acceptance: 'failed its acceptance tests',
  red: 'was red at the gate',
  declined: 'was declined by a person',
  conflict: 'met a conflict',
  missing: 'could not start',
  auth: 'was not let in',
  quota: 'hit the quota',
  rate: 'hit a rate limit',
  overloaded: 'met an overloaded service',
  model: 'asked for a model that is not there',
  network: 'lost the network',
  denied: 'was not allowed to',
  overflow: 'had more to read than its model can',
  protocol: 'ended without a word that is understood',
  'out-of-memory': 'ran out of memory',
  disk: 'met a full disk',
  cancelled: 'was stopped by a person',
  lost: 'was lost with the orchestrator',
  'thrown-back': 'was thrown back',
}

/** `ran out of time`: how an attempt ended, after its subject. */
export function tellOutcome(kind: OutcomeKind): string {
  return ENDED[kind]
}

export function tellAttempt(event: Extract<Event, { type: `attempt.${string}` }>): Words {
  const who = `${event.agent === 0 ? 'you' : `agent-${event.agent}`} ${event.tool}`
  const attempt = `attempt ${event.attempt ?? '?'}`
  switch (event.type) {
    case 'attempt.started': {
      const from = event.resumes === null ? '' : `, goes on from ${shortOf(event.resumes)}`
      const { buildsOn = [] } = event
      const on = buildsOn.length === 0 ? '' : `, on top of ${buildsOn.join(', ')}, about to land`
      return { text: `${who} begins ${attempt} on ${shortCommit(event.base)}${on}${from}` }
    }
    case 'attempt.launched':
      return { text: `${who} ${attempt} is process ${event.pid}`, loud: false }
    case 'attempt.adopted':
      return { text: `${who} ${attempt} is still at work (process ${event.pid}); watching it again` }
    case 'attempt.said':
      return { text: `${who}: ${oneLine(event.text, MESSAGE_MAX)}`, loud: false }
    case 'attempt.asked': {
      const detail = [`next    sluice approve ${event.workstream ?? ''}   (or --reject)`]
      return { level: 'warning', text: `E206 ${who} asks: may it ${oneLine(event.what, MESSAGE_MAX)}?`, detail }
    }
    case 'attempt.checkpoint':
      return { text: `${who} ${attempt}: the work so far is kept as ${shortCommit(event.commit)}`, loud: false }
    default: {
      const { outcome, work } = event
      const end = `${who} ${attempt} ${ENDED[outcome.kind]} after ${durationText(event.ms)}`
      const kept = work === null ? '' : `; work kept as ${shortCommit(work)}`
      if (outcome.kind === 'ok' || outcome.kind === 'empty')
        return { text: `${end}: ${count(event.changed, 'file')} changed${kept}${costText(event)}` }
      const code = outcome.code === null ? '' : `${outcome.code} `
      const said = `${end}: ${code}${oneLine(outcome.message, MESSAGE_MAX)}${kept}`
      return { level: 'warning', text: said, detail: tailLines(outcome.evidence ?? '') }
    }
  }
}

/** `; about $0.12`, where it is known. */
function costText({ usage }: Extract<Event, { type: 'attempt.ended' }>): string {
  if (usage === undefined || usage.costUsd === null) return ''
  return `; ${usage.isEstimate === true ? 'about ' : ''}${dollars(usage.costUsd)}`
}

function shortOf(revision: string): string {
  return /^[0-9a-f]{40,64}$/.test(revision) ? shortCommit(revision) : oneLine(revision, MESSAGE_MAX)
}

export function tellTool(event: Extract<Event, { type: `tool.${string}` }>): Words {
  if (event.type === 'tool.waiting') {
    const text = `waits until ${clockText(event.until)}, then attempt ${event.attempt ?? '?'} by ${event.tool}`
    return { level: 'warning', text: `${text}: the last one ${ENDED[event.why]}` }
  }
  const code = event.code === null ? '' : ` (${event.code})`
  const text = `W209 next tool: ${event.from} gives way to ${event.to}: ${oneLine(event.why, MESSAGE_MAX)}${code}`
  return { level: 'warning', text }
}

/** The time of a check is that of its commands, as in the report; setting the slot up is not in it. */
export function tellCheck(event: Extract<Event, { type: `check.${string}` }>, { known }: Memory): Words {
  if (event.type === 'check.started') {
    const what = event.kind === 'base' ? 'the gate runs first on the target as it is,' : `${event.kind} runs on`
    const text = `${what} ${shortCommit(event.commit)}: ${oneLine(listed(event.names, 3), MESSAGE_MAX)}`
    // Acceptance tests follow the line that the attempt is done.
    return { text, loud: event.kind !== 'acceptance' && event.kind !== 'setup' }
  }
  const red = event.results.find((result) => result.exit !== 0)
  const where = `on ${shortCommit(event.commit)}`
  if (red === undefined) {
    if (event.kind === 'gate' && event.cached) known.add(event.commit)
    const time = event.cached ? KNOWN : durationText(event.results.reduce((sum, { ms }) => sum + ms, 0))
    // A green gate is told with its landing, one line later.
    const isMinor = event.kind === 'gate' || event.kind === 'setup' || event.results.length === 0
    // Each of the checks after the run is asked by itself.
    const name =
      event.kind === 'after' ? ` ${oneLine(event.results.map((one) => one.name).join(', '), MESSAGE_MAX)}` : ''
    return { text: `${event.kind}${name} ok ${where} (${time})`, loud: !isMinor }
  }
  const text = `${event.kind} is RED ${where}: ${oneLine(red.name, MESSAGE_MAX)} ${exitText(red)} after ${durationText(red.ms)}`
  return { level: event.kind === 'base' ? 'error' : 'warning', text, detail: tailLines(red.tail) }
}

/** How a check ended, `exit 1`. */
export function exitText(result: Pick<CheckResult, 'exit' | 'timedOut'>): string {
  if (result.timedOut) return 'ran out of time'
  return result.exit === null ? 'was killed' : `exit ${result.exit}`
}
