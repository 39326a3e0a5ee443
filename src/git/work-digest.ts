/**
 * A name for what a piece of work makes of the files: two attempts that bring the same files to the same content have the
 * same one, from whatever base and by whatever commits.
 */
import { createHash } from 'node:crypto'
import type { Change } from './tree-changes.ts'

/** `changes` are in git's order. What was there before does not count. */
export function workDigest(changes: readonly Pick<Change, 'path' | 'after'>[]): string {
  const made = changes.map(({ path, after }) => `${after === null ? '' : `${after.mode} ${after.object}`} ${path}\0`)
  return createHash('sha256').update(made.join('')).digest('hex').slice(0, 32)
}
