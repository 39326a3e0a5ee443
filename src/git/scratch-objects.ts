/**
 * A place for objects that nobody will want: asking git whether two commits merge writes the merged files and trees, of
 * thousands of pairs, and none of them belongs into the user's repository. It reads from there and writes here.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository } from './repository.ts'
import { alternatesFor } from './template.ts'

export interface ScratchObjects extends AsyncDisposable {
  /** For the environment of git. */
  env: Record<string, string>
}

/** Makes `folder` anew (one that a kill left behind is replaced) and removes it in the end. Use it with `await using`. */
export async function scratchObjects(repo: Pick<Repository, 'objects'>, folder: string): Promise<ScratchObjects> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'info'), { recursive: true })
  await writeFile(join(folder, 'info', 'alternates'), await alternatesFor(repo))
  return {
    env: { GIT_OBJECT_DIRECTORY: folder },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}
