/**
 * The file scope of a workstream, enforced on what was really changed (C17): `park` takes what lies outside out of the
 * landing and keeps it as a patch, `block` refuses the work, `allow` lets it be. An empty scope is unrestricted.
 */
import { join } from 'node:path'
import { parkPaths } from '../git/park.ts'
import type { Person } from '../git/merge.ts'
import { setRef } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import type { Workstream } from '../model/workstream.ts'
import { covers, parsePattern } from '../plan/pattern.ts'

/** Paths that the scope does not cover, in their order. Pure. */
export function outsideScope(
  { filesScope, filesCreate }: Pick<Workstream, 'filesScope' | 'filesCreate'>,
  changed: readonly string[],
): string[] {
  const entries = [...filesScope, ...filesCreate]
  if (entries.length === 0) return []
  const patterns = entries.flatMap((entry) => {
    const parsed = parsePattern(entry)
    return 'patterns' in parsed ? parsed.patterns : []
  })
  return changed.filter((path) => !covers(patterns, path))
}

export interface ScopedWork {
  repo: Repository
  policy: 'park' | 'block' | 'allow'
  workstream: Workstream
  base: string
  tip: string
  changed: readonly string[]
  /** Refs that follow the work. */
  refs: readonly string[]
  /** The attempt's folder; the patch goes there. */
  dir: string
  author: Person
  dateSeconds: number
}

export interface Parked {
  paths: string[]
  /** Absolute path of the patch. */
  patch: string
}

export type Scoped =
  | { kind: 'inside' }
  | { kind: 'parked'; tip: string; changed: string[]; parked: Parked }
  /** Nothing may land of it: it is blocked, or nothing of it lies inside. */
  | { kind: 'outside'; paths: string[] }

/** Judges the work, and parks what lies outside when that is the policy. */
export async function enforceScope(work: ScopedWork): Promise<Scoped> {
  const { repo, policy, workstream, base, tip, changed, refs, dir, author, dateSeconds } = work
  const paths = policy === 'allow' ? [] : outsideScope(workstream, changed)
  if (paths.length === 0) return { kind: 'inside' }
  if (policy === 'block' || paths.length === changed.length) return { kind: 'outside', paths }
  const patch = join(dir, 'parked.patch')
  const parked = await parkPaths(repo, { base, tip, paths, patchFile: patch, author, dateSeconds })
  for (const ref of refs) await setRef(repo, ref, parked, 'changes outside the scope put back')
  const outside = new Set(paths)
  return {
    kind: 'parked',
    tip: parked,
    changed: changed.filter((path) => !outside.has(path)),
    parked: { paths, patch },
  }
}
