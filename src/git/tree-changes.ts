/**
 * What a move from one commit to another does to files, and what of it lies in a checkout already. Contents are
 * compared as git would store them, so line ends and filters of the user's do not count as a difference.
 */
import { createHash } from 'node:crypto'
import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkout } from './checkout.ts'
import { git, records } from './git.ts'
import type { ObjectFormat } from './repository.ts'

/** A path that the move changes; null is absence. */
export interface Change {
  path: string
  before: { mode: string; object: string } | null
  after: { mode: string; object: string } | null
}

/** A submodule's entry: a commit, not a file. */
export const GITLINK = '160000'
export const SYMLINK = '120000'
/** Arguments of one `hash-object`: far below the kernel's limit even for long paths. */
const PATHS_PER_CALL = 200

export async function treeChanges(gitDir: string, before: string, after: string): Promise<Change[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', before, after]
  const fields = records((await git(args, { gitDir })).stdout)
  const changes: Change[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [modeBefore, modeAfter, objectBefore, objectAfter] = fields[at]!.slice(1).split(' ')
    changes.push({
      path: fields[at + 1]!,
      before: modeBefore === '000000' ? null : { mode: modeBefore!, object: objectBefore! },
      after: modeAfter === '000000' ? null : { mode: modeAfter!, object: objectAfter! },
    })
  }
  return changes
}

/** In their order. */
export function pathsOf(changes: readonly Change[]): string[] {
  return changes.map(({ path }) => path)
}

/** The object that each path of a checkout would be stored as: null for absence, `folder` for what is no file. */
export async function objectsOnDisk(
  checkout: Pick<Checkout, 'path' | 'gitDir'>,
  paths: readonly string[],
  objectFormat: ObjectFormat,
): Promise<Map<string, string | null>> {
  const found = new Map<string, string | null>()
  const files: string[] = []
  for (const path of paths) {
    const full = join(checkout.path, path)
    const stat = await lstat(full).catch(() => null)
    if (stat === null) found.set(path, null)
    else if (stat.isSymbolicLink()) {
      found.set(path, blobId(objectFormat, Buffer.from(await readlink(full, { encoding: 'buffer' }))))
    } else if (stat.isFile()) files.push(path)
    else found.set(path, 'folder')
  }
  const where = { gitDir: checkout.gitDir, workTree: checkout.path, config: 'user' } as const
  for (let at = 0; at < files.length; at += PATHS_PER_CALL) {
    const batch = files.slice(at, at + PATHS_PER_CALL)
    const ids = (await git(['hash-object', '--', ...batch], where)).stdout.split('\n')
    for (const [index, path] of batch.entries()) found.set(path, ids[index]!)
  }
  return found
}

/** By the length of its ids. */
export function formatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1'
}

function blobId(objectFormat: ObjectFormat, content: Buffer): string {
  return createHash(objectFormat).update(`blob ${content.length}\0`).update(content).digest('hex')
}

/** Whether the file on disk is a beginning of the content that it will have: written by a git that was killed. */
export async function isBeginning(
  checkout: Pick<Checkout, 'path' | 'gitDir'>,
  commit: string,
  change: Change,
): Promise<boolean> {
  if (change.after === null || change.after.mode === GITLINK || change.after.mode === SYMLINK) return false
  const where = { gitDir: checkout.gitDir, workTree: checkout.path, config: 'user' } as const
  const whole = (await git(['cat-file', '--filters', `${commit}:${change.path}`], where)).bytes
  const part = await readFile(join(checkout.path, change.path))
  return part.length < whole.length && whole.subarray(0, part.length).equals(part)
}
