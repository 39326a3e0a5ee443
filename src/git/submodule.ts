/**
 * Submodules that both sides have moved: when one of the two commits contains the other, it has both, and is taken.
 * That is asked in the submodule's own repository below the user's git directory; without one nobody can say, and it
 * stays a conflict.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readBlobs } from './blob.ts'
import type { ConflictFile } from './conflict.ts'
import { isAncestor, type Repository } from './repository.ts'
import type { Edit } from './edit-tree.ts'
import { GITLINK } from './tree-changes.ts'

type Place = Pick<Repository, 'gitDir'>

/** The entries that settle conflicts of submodules, as far as that is possible. */
export async function settledSubmodules(repo: Place, onto: string, files: readonly ConflictFile[]): Promise<Edit[]> {
  const moved = files.filter(({ stages }) => [1, 2, 3].every((stage) => stages[stage]?.mode === GITLINK))
  if (moved.length === 0) return []
  const text = (await readBlobs(repo, [`${onto}:.gitmodules`])).get(`${onto}:.gitmodules`)?.toString('utf8') ?? ''
  const edits: Edit[] = []
  for (const { path, stages } of moved) {
    const name = moduleName(text, path)
    const module = name === null ? null : join(repo.gitDir, 'modules', name)
    if (module === null || !existsSync(module)) continue
    const [base, ours, theirs] = [stages[1]!.object, stages[2]!.object, stages[3]!.object]
    const newer = await newest(module, base, ours, theirs)
    if (newer !== null) edits.push({ path, entry: { mode: GITLINK, object: newer } })
  }
  return edits
}

/** The side that contains the other one. Both must go on from the base: a step back was meant. */
async function newest(gitDir: string, base: string, ours: string, theirs: string): Promise<string | null> {
  const module = { gitDir }
  const forward = (await isAncestor(module, base, ours)) && (await isAncestor(module, base, theirs))
  if (!forward) return null
  if (await isAncestor(module, ours, theirs)) return theirs
  return (await isAncestor(module, theirs, ours)) ? ours : null
}

/** The name of the submodule at a path, by `.gitmodules`; null for one that is not there, or leads elsewhere. */
function moduleName(gitmodules: string, path: string): string | null {
  let name: string | null = null
  for (const line of gitmodules.split('\n')) {
    const header = /^\s*\[submodule "(.*)"\]/.exec(line)?.[1]
    if (header !== undefined) name = header
    const value = /^\s*path\s*=\s*"?(.*?)"?\s*$/.exec(line)?.[1]
    if (value !== path || name === null) continue
    return name.split('/').some((part) => part === '..' || part === '') ? null : name
  }
  return null
}
