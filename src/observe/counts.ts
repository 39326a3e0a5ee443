/** How many workstreams are in which state: the first thing that anybody asks. */
import { STATE_NAMES, type StateName } from '../model/state.ts'

export type Counts = Partial<Record<StateName, number>>

/** Every state that can show, with its number, zeros too: a program need not know which keys may be missing. */
export function countsOf(names: Iterable<StateName>): Counts {
  const counts: Counts = {}
  for (const name of STATE_NAMES) counts[name] = 0
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** `17 landed, 3 running, 1 conflict`: what there is, in the order of a summary. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const there = STATE_NAMES.filter((name) => (counts[name] ?? 0) > 0).map((name) => `${counts[name]} ${name}`)
  return there.length === 0 ? 'nothing to do' : there.join(', ')
}
