/** What the user has declared about a path: the first entry that covers it, by the rules of file scopes. */
import type { Config, Regeneration } from '../../model/config.ts'
import { covers, parsePattern } from '../../plan/pattern.ts'

/** The driver of a path, or null. */
export function driverOf(drivers: Config['landing']['drivers'], path: string): 'union' | null {
  return Object.entries(drivers).find(([entry]) => covered([entry], path))?.[1] ?? null
}

/** The command that makes a path, or null. */
export function regenerationOf(declared: readonly Regeneration[], path: string): Regeneration | null {
  return declared.find(({ paths }) => covered(paths, path)) ?? null
}

export function covered(entries: readonly string[], path: string): boolean {
  const patterns = entries.flatMap((entry) => {
    const parsed = parsePattern(entry)
    return 'patterns' in parsed ? parsed.patterns : []
  })
  return covers(patterns, path)
}
