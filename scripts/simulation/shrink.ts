/** Makes a scenario that breaks something smaller, as long as it breaks the same: what is left is what it takes. */
import type { Part, Scenario } from './scenario.ts'

/** Runs that are spent on it. */
const TRIES_MAX = 400

/**
 * A scenario with only these of its parts and workstreams: numbers of parts, ids of workstreams (`w3`). What belongs to a
 * workstream that is left out goes with it.
 */
export function keptOf(scenario: Scenario, keep: ReadonlySet<string>): Scenario {
  const isThere = (id: string): boolean => keep.has(id)
  const plan = scenario.plan
    .filter(({ id }) => isThere(id))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter(isThere) }))
  const parts = scenario.parts.filter((part, at) => keep.has(String(at)) && idsOf(part).every(isThere))
  return { ...scenario, plan, parts }
}

/** Everything that may be kept. */
export function namesOf({ plan, parts }: Scenario): string[] {
  return [...plan.map(({ id }) => id), ...parts.map((_, at) => String(at))]
}

function idsOf(part: Part): string[] {
  switch (part.is) {
    case 'fate':
      return [part.workstream]
    case 'clash':
      return [part.a, part.b]
    case 'act':
      return 'ids' in part.act ? part.act.ids : 'id' in part.act ? [part.act.id] : []
    default:
      return []
  }
}

/** The smallest set of names found that still breaks: `breaks` says whether a scenario does. */
export async function shrink(scenario: Scenario, breaks: (smaller: Scenario) => Promise<boolean>): Promise<string[]> {
  let keep = namesOf(scenario)
  let tries = 0
  // Halves first, then smaller and smaller pieces, until none can go.
  for (let size = Math.ceil(keep.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < keep.length && tries < TRIES_MAX;) {
      const less = keep.filter((_, place) => place < at || place >= at + size)
      tries += 1
      if (less.some((name) => name.startsWith('w')) && (await breaks(keptOf(scenario, new Set(less))))) keep = less
      else at += size
    }
  }
  return keep
}
