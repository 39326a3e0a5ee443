/** Whole values of the model with something sensible in every field, for tests that care about a few of them. */
import type { Attempt } from '../../src/model/attempt.ts'
import type { Event, EventBody } from '../../src/model/event.ts'
import type { CheckResult, Conflict, Landing } from '../../src/model/landing.ts'
import type { Run } from '../../src/model/run.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import { NO_RESTART, type WorkstreamRow } from '../../src/store/store.ts'
import { workstream } from '../kit/workstream.ts'

/** 2026-11-23T02:14:07Z. */
export const AT = Date.UTC(2026, 10, 23, 2, 14, 7)

/** A commit id that is recognised: forty times the letter. */
export function commitId(letter: string): string {
  return letter.repeat(40)
}

export function sampleRun(fields: Partial<Run> = {}): Run {
  const times = { startedAt: AT, endedAt: null, exit: null }
  return { id: '7f3a', target: 'main', base: commitId('a'), state: 'running', agents: 3, ...times, ...fields }
}

export function sampleWorkstream(id: string, fields: Partial<Workstream> = {}): Workstream {
  const given = { title: `Title of ${id}`, tasks: ['do it'], filesScope: [`src/${id}.ts`], digest: 'digest', ...fields }
  return workstream(id, { file: `workstreams/${id}.json`, ...given })
}

export function sampleRow(
  id: string,
  state: WorkstreamState = { state: 'open' },
  definition: Partial<Workstream> = {},
): WorkstreamRow {
  return { run: '7f3a', id, position: 0, definition: sampleWorkstream(id, definition), state, restart: NO_RESTART }
}

export function sampleAttempt(workstream: string, number: number, fields: Partial<Attempt> = {}): Attempt {
  return {
    run: '7f3a',
    workstream,
    number,
    tool: 'claude',
    agent: 1,
    base: commitId('a'),
    nonce: 'nonce',
    phase: 'settled',
    startedAt: AT,
    endedAt: AT + 3200,
    outcome: { kind: 'ok', code: null, message: 'done' },
    work: commitId('b'),
    changed: ['src/a.ts'],
    ...fields,
  }
}

export function sampleCheck(fields: Partial<CheckResult> = {}): CheckResult {
  return { name: 'npm test', command: 'npm test', exit: 0, ms: 12_300, timedOut: false, tail: '', ...fields }
}

export function sampleLanding(workstream: string, fields: Partial<Landing> = {}): Landing {
  return {
    id: `7f3a-${workstream}`,
    run: '7f3a',
    workstream,
    attempt: 1,
    work: commitId('b'),
    stage: 'done',
    onto: commitId('a'),
    date: AT / 1000,
    commit: commitId('c'),
    gate: [sampleCheck()],
    queuedAt: AT,
    at: AT + 20_000,
    published: true,
    failure: null,
    overheadMs: 31,
    ...fields,
  }
}

export function sampleConflict(workstream: string, fields: Partial<Conflict> = {}): Conflict {
  return {
    workstream,
    attempt: 2,
    onto: commitId('a'),
    work: commitId('b'),
    ref: `refs/sluice/wip/${workstream}/2`,
    files: [
      {
        path: 'src/api/user.ts',
        kind: 'content',
        lines: [{ start: 41, end: 45 }],
        other: { workstream: 'ws-16', commit: commitId('d'), at: AT - 60_000 },
      },
    ],
    at: AT,
    ...fields,
  }
}

/** An event as stored. */
export function sampleEvent(
  body: EventBody,
  fields: Partial<Pick<Event, 'seq' | 'at' | 'run' | 'workstream' | 'attempt'>> = {},
): Event {
  return { seq: 1, at: AT, run: '7f3a', workstream: null, attempt: null, ...fields, ...body }
}
