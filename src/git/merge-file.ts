/**
 * Merging three versions of one text, by `git merge-file` on scratch files: with the lines of both sides where they
 * meet, or with markers that nothing in a text can be mistaken for.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isBinary } from './blob.ts'
import { git } from './git.ts'
import type { Repository } from './repository.ts'
import { scratchFolder } from './scratch-folder.ts'

export interface ThreeTexts {
  ours: Uint8Array
  /** Empty when there is no common base. */
  base: Uint8Array
  theirs: Uint8Array
}

/** Longer than anybody's underline of a title; the size that `git` itself uses would be found in texts about git. */
const MARKER_SIZE = 61

const LABELS = { ours: 'ours', base: 'base', theirs: 'theirs' } as const

export const MARKERS = {
  ours: `${'<'.repeat(MARKER_SIZE)} ${LABELS.ours}`,
  base: `${'|'.repeat(MARKER_SIZE)} ${LABELS.base}`,
  middle: '='.repeat(MARKER_SIZE),
  theirs: `${'>'.repeat(MARKER_SIZE)} ${LABELS.theirs}`,
} as const

/**
 * `union` never conflicts; `markers` shows the three versions of each place where the sides meet, without what both
 * sides begin and end with there.
 */
export async function mergeTexts(
  repo: Pick<Repository, 'gitDir'>,
  { ours, base, theirs }: ThreeTexts,
  how: 'union' | 'markers',
): Promise<{ kind: 'clean' | 'conflict'; text: Buffer } | { kind: 'binary' }> {
  if ([ours, base, theirs].some(isBinary)) return { kind: 'binary' }
  await using folder = await scratchFolder(repo)
  const files = {
    ours: join(folder.path, 'ours'),
    base: join(folder.path, 'base'),
    theirs: join(folder.path, 'theirs'),
  }
  await Promise.all([writeFile(files.ours, ours), writeFile(files.base, base), writeFile(files.theirs, theirs)])
  const style = how === 'union' ? ['--union'] : ['--zdiff3', `--marker-size=${MARKER_SIZE}`]
  const labels = Object.values(LABELS).flatMap((label) => ['-L', label])
  const args = ['merge-file', '-p', '-q', ...style, ...labels, files.ours, files.base, files.theirs]
  // The exit code is the number of conflicts, at most 127; above that git could not do it at all.
  const exits = Array.from({ length: 128 }, (_, conflicts) => conflicts)
  const { exit, bytes } = await git(args, { gitDir: repo.gitDir, exits })
  return { kind: exit === 0 ? 'clean' : 'conflict', text: bytes }
}
