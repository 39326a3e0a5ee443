/**
 * What the world has to offer now, pure: whether anybody may begin, how many at once, and which tools are to be had. It puts
 * together what `circuit.ts` and `fewer-agents.ts` find, for `decide`, and for those who tell of it.
 *
 * | a tool is | those who want it |
 * | --- | --- |
 * | paused: its service asked for time | take the next program of their order, or wait |
 * | open: it fails by its own fault | take the next program of their order; who has none tries it all the same |
 * | half-open | one takes it, the others as when it is open |
 *
 * No try is spent by that, and nobody is sent to a person. A tool that a person forced is taken at once, whatever holds.
 */
import type { Code } from '../model/failure.ts'
import type { Pause } from '../model/pause.ts'
import { type Circuit, networkOf, servicePauses, toolCircuits } from './circuit.ts'
import { seatsAfter, type Seats } from './fewer-agents.ts'
import type { Try } from './fallback.ts'
import { type End, type History, whoseOf } from './history.ts'

export type ToolGate = { state: 'paused'; until: number; row: End[] } | Circuit

export interface Offer {
  /** null: it is there. */
  network: Circuit | null
  /** Those that are missing are to be had. */
  tools: ReadonlyMap<string, ToolGate>
  seats: Seats
  /** See `circuit.ts`. */
  shared: ReadonlySet<Try>
}

/** A tool for one who would begin now, with what kept it from the one that it wants; or the moment until which it waits. */
export type Choice = { tool: string; instead: Instead | null } | { tool: null; until: number }

/** The tool that was wanted, and why it is not taken. */
export interface Instead {
  tool: string
  code: Code | null
  why: string
}

/** `agents`: seats of the run. */
export function offerOf(history: History, agents: number, seed: string | undefined, now: number): Offer {
  const { circuit: network, shared } = networkOf(history, seed, now)
  const tools = new Map<string, ToolGate>(toolCircuits(history, seed, now))
  // What a service asks for is kept to, whatever else is wrong with the tool.
  for (const [tool, { until, row }] of servicePauses(history, seed, now))
    tools.set(tool, { state: 'paused', until, row })
  return { network, tools, seats: seatsAfter(history.ends, agents, now), shared }
}

/**
 * `wanted`: the tool that the policy names, then those that may stand in for it. `probed`: tools that somebody has begun to
 * probe in this very decision.
 */
export function choose(
  { tools }: Pick<Offer, 'tools'>,
  wanted: readonly [string, ...string[]],
  probed: ReadonlySet<string>,
): Choice {
  const [first] = wanted
  const isThere = (tool: string): boolean => {
    const gate = tools.get(tool)
    return gate === undefined || (gate.state === 'half-open' && gate.probe === null && !probed.has(tool))
  }
  const gate = tools.get(first)
  if (gate === undefined || isThere(first)) return { tool: first, instead: null }
  const other = wanted.find(isThere)
  if (other !== undefined) return { tool: other, instead: { tool: first, ...reasonOf(gate) } }
  if (gate.state !== 'paused') return { tool: first, instead: null }
  const paused = wanted.map((tool) => tools.get(tool)).filter((one) => one?.state === 'paused')
  return { tool: null, until: Math.min(...paused.map((one) => one.until)) }
}

function reasonOf({ row }: ToolGate): Omit<Instead, 'tool'> {
  const last = row.at(-1)!
  return { code: last.try.outcome.code, why: `not offered now: ${last.try.outcome.message}, met by ${last.workstream}` }
}

/** What holds, as it is told: the network, memory, tools in the order of their names. */
export function pausesOf({ network, tools, seats }: Offer, agents: number): Pause[] {
  const pauses: Pause[] = []
  if (network !== null) {
    const { state, until, row } = network
    const { since, met } = told(row)
    pauses.push({ of: 'network', state, since, until, code: 'E303', met, tries: row.length })
  }
  if (seats.until !== null) {
    const { since, met } = told(seats.row)
    pauses.push({ of: 'memory', agents: seats.agents, all: agents, since, until: seats.until, code: 'E301', met })
  }
  for (const tool of [...tools.keys()].sort()) {
    const { state, until, row } = tools.get(tool)!
    const { outcome } = row.at(-1)!.try
    pauses.push({ of: 'tool', tool, state, until, code: outcome.code ?? 'E201', why: outcome.message, ...told(row) })
  }
  return pauses
}

function told(row: readonly End[]): { since: number; met: string[] } {
  return { since: row[0]!.try.endedAt, met: whoseOf(row) }
}
