/**
 * The matrix: what is done to an agent, how its tries have to be told, and who has the work in the end. Each agent is first
 * in the order; behind it stands a spare that always can.
 */
import type { OutcomeKind } from '../../../src/model/attempt.ts'
import type { Fault, Script, Step } from '../../kit/model-server/script.ts'
import { TOOLS, type RealTool } from './agents.ts'

export interface Cell {
  name: string
  script: Script
  /** How the tries of the agent end, in order. */
  tries: readonly OutcomeKind[]
  /** Agents that are told in another way, and why: a note for the reader of the table. */
  except?: Partial<Record<RealTool, { tries: readonly OutcomeKind[]; because: string }>>
  /** Does the spare land it, in one more try? Otherwise the agent itself does. */
  isSpareNeeded: boolean
  /** Keys of `sluice.yaml`. */
  config?: Record<string, unknown>
  /** Nobody listens where its model should be. */
  isRefused?: boolean
  /** So long these agents may be silent; all others, and when missing, longer than any agent is that tries again. */
  silence?: { of: readonly RealTool[]; minutes: number }
}

/** A model that hangs is noticed by silence alone. */
const SILENT_MINUTES = 0.4
/** And so is that Codex would go on for ever where nobody listens; the others end by themselves. */
const NOBODY_THERE_MINUTES = 1

/** The file that the workstream `a` of the tests is about. */
export const WORK: Step[] = [
  { do: 'write', path: 'a.txt', text: 'by the agent\n' },
  { do: 'say', text: 'I wrote a.txt.' },
]

/** A script of the usual work with a fault in it. */
function broken(fault: Fault): Script {
  return { steps: WORK, faults: [fault] }
}

export const CELLS: readonly Cell[] = [
  { name: 'edits and lands', script: { steps: WORK }, tries: ['ok'], isSpareNeeded: false },
  {
    name: 'the same in the sandbox',
    script: { steps: WORK },
    tries: ['ok'],
    isSpareNeeded: false,
    config: { sandbox: 'auto' },
  },
  { name: 'key not valid', script: broken({ kind: 'auth' }), tries: ['auth'], isSpareNeeded: true },
  { name: 'quota used up', script: broken({ kind: 'quota' }), tries: ['quota'], isSpareNeeded: true },
  { name: 'model unknown', script: broken({ kind: 'model' }), tries: ['model'], isSpareNeeded: true },
  {
    name: 'one 429, retry after 2 s',
    script: broken({ kind: 'rate', times: 1, retryAfterSeconds: 2 }),
    tries: ['ok'],
    isSpareNeeded: false,
  },
  {
    name: '503 for ever',
    script: broken({ kind: 'unavailable' }),
    tries: ['overloaded', 'overloaded'],
    isSpareNeeded: true,
  },
  {
    name: 'connection refused',
    script: { steps: [] },
    isRefused: true,
    silence: { of: ['codex'], minutes: NOBODY_THERE_MINUTES },
    tries: ['network', 'network'],
    isSpareNeeded: true,
  },
  {
    name: 'model hangs',
    script: broken({ kind: 'hang' }),
    tries: ['hang'],
    isSpareNeeded: true,
    silence: { of: TOOLS, minutes: SILENT_MINUTES },
  },
  { name: 'stream dropped', script: broken({ kind: 'drop' }), tries: ['network', 'network'], isSpareNeeded: true },
  {
    name: 'no change',
    script: { steps: [{ do: 'say', text: 'Nothing has to be done.' }] },
    tries: ['no-change'],
    isSpareNeeded: true,
  },
  { name: 'refusal', script: broken({ kind: 'refusal' }), tries: ['refusal'], isSpareNeeded: true },
  {
    name: 'out of scope',
    script: { steps: [{ do: 'write', path: 'elsewhere.txt', text: 'by the agent\n' }] },
    tries: ['out-of-scope'],
    isSpareNeeded: true,
  },
]

/** How long an agent may be silent in a cell; undefined: as long as any. */
export function silenceOf({ silence }: Cell, tool: RealTool): { idleMinutes?: number } {
  return silence?.of.includes(tool) === true ? { idleMinutes: silence.minutes } : {}
}

/** How the tries of one agent have to end in a cell. */
export function triesOf(cell: Cell, tool: RealTool): readonly OutcomeKind[] {
  return cell.except?.[tool]?.tries ?? cell.tries
}

const WAITED_FOR: readonly OutcomeKind[] = ['network', 'overloaded', 'hang']

/** The ones in which something is waited for come first, so that others can be at work meanwhile. */
export const SLOWEST_FIRST: readonly Cell[] = CELLS.toSorted((a, b) => Number(waits(b)) - Number(waits(a)))

function waits({ tries }: Cell): boolean {
  return tries.some((outcome) => WAITED_FOR.includes(outcome))
}

/** What is done to an agent in the middle of its work: further rows. */
export const CANCELLED = 'cancelled in the middle'
export const SLUICE_KILLED = 'Sluice killed with -9'
export const BOTH_KILLED = 'both killed with -9'

/** Rows of the table, in order. */
export const ROWS: readonly string[] = [...CELLS.map(({ name }) => name), CANCELLED, SLUICE_KILLED, BOTH_KILLED]
