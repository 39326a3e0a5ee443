/**
 * The drivers that may be declared for a path. There is one, `union`: where both sides wrote in the same place, the lines
 * of both, the target's first. Right for changelogs and logs, wrong for code, so it is never the default of anything.
 */
import { writeBlob } from '../../git/blob.ts'
import { mergeTexts } from '../../git/merge-file.ts'
import type { Repository } from '../../git/repository.ts'
import type { PlainConflict } from './plain.ts'

/** The blob with the lines of both sides. Its input is a text on all sides (`sortConflicts`). */
export async function unionOf(repo: Repository, conflict: PlainConflict): Promise<string> {
  const merged = await mergeTexts(repo, conflict, 'union')
  if (merged.kind !== 'clean') throw new Error(`${conflict.path}: a union ended ${merged.kind}`)
  return await writeBlob(repo, merged.text)
}
