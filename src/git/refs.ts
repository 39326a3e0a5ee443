/**
 * Refs of the user's repository: the only thing that two processes of git can race for, hence compare-and-swap only.
 */
import { SluiceError } from '../model/failure.ts'
import { tellsOfFullDisk } from '../process/full-disk.ts'
import { git, GitError } from './git.ts'
import { refOnDisk, refsOnDisk } from './ref-file.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir' | 'objectFormat'>

/** The commit (or object) of a full ref name, or null. */
export async function readRef(repo: Pick<Repository, 'gitDir'>, ref: string): Promise<string | null> {
  const told = await refOnDisk(repo.gitDir, ref)
  if (told !== undefined) return told
  const found = await git(['rev-parse', '-q', '--verify', ref], { gitDir: repo.gitDir, exits: [0, 1, 128] })
  return found.exit === 0 ? found.stdout.trim() : null
}

/** Names and objects of every ref below `prefix` (a full folder, `refs/sluice/wip`), sorted by name. */
export async function listRefs(
  repo: Pick<Repository, 'gitDir'>,
  ...prefixes: string[]
): Promise<{ ref: string; object: string }[]> {
  const told = await Promise.all(prefixes.map((prefix) => refsOnDisk(repo.gitDir, prefix)))
  if (prefixes.length === 1 && told[0] !== undefined) return told[0]
  if (told.every((refs) => refs?.length === 0)) return []
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes]
  const lines = (await git(args, { gitDir: repo.gitDir })).stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const space = line.indexOf(' ')
    return { object: line.slice(0, space), ref: line.slice(space + 1) }
  })
}

/**
 * Moves `ref` from `before` (null: it must not exist) to `after`. False when it stood elsewhere. True also when it is
 * at `after` already, so that a step may be repeated after a kill. Throws E404 when a lock is in the way.
 */
export async function casRef(
  repo: Place,
  ref: string,
  after: string,
  before: string | null,
  message: string,
): Promise<boolean> {
  const args = ['update-ref', '--create-reflog', '-m', message, ref, after, before ?? zeros(repo)]
  return settle(repo, ref, after, before, await git(args, { gitDir: repo.gitDir, exits: [0, 1, 128] }))
}

/** Sets a ref of ours, whatever it was: pins and branches that follow an attempt. */
export async function setRef(
  repo: Pick<Repository, 'gitDir'>,
  ref: string,
  to: string,
  message: string,
): Promise<void> {
  if ((await refOnDisk(repo.gitDir, ref)) === to) return
  await git(['update-ref', '--create-reflog', '-m', message, ref, to], { gitDir: repo.gitDir })
}

/** Sets several refs of ours, all or none. */
export async function setRefs(
  repo: Pick<Repository, 'gitDir'>,
  refs: readonly { ref: string; to: string }[],
  message: string,
): Promise<void> {
  const input = refs.map(({ ref, to }) => `update ${ref} ${to}\n`).join('')
  await git(['update-ref', '--create-reflog', '-m', message, '--stdin'], { gitDir: repo.gitDir, input })
}

/** Removes refs of ours, each only while it stands there. False when one stood elsewhere: then none is removed. */
export async function deleteRefs(
  repo: Pick<Repository, 'gitDir'>,
  refs: readonly { ref: string; before: string }[],
): Promise<boolean> {
  const input = refs.map(({ ref, before }) => `delete ${ref} ${before}\n`).join('')
  return (await git(['update-ref', '--stdin'], { gitDir: repo.gitDir, input, exits: [0, 1, 128] })).exit === 0
}

/** Removes a ref (`before`: only while it stands there). False when it stood elsewhere; gone already is true. */
export async function deleteRef(repo: Place, ref: string, before?: string): Promise<boolean> {
  const args = ['update-ref', '-d', ref, ...(before === undefined ? [] : [before])]
  const result = await git(args, { gitDir: repo.gitDir, exits: [0, 1, 128] })
  return result.exit === 0 || settle(repo, ref, null, before ?? null, result)
}

/** Git has one exit code for "stood elsewhere" and "locked": what the ref says afterwards tells them apart. */
async function settle(
  repo: Place,
  ref: string,
  after: string | null,
  before: string | null,
  { exit, stderr }: { exit: number; stderr: string },
): Promise<boolean> {
  if (exit === 0) return true
  const now = await readRef(repo, ref)
  if (now === after) return true
  if (now !== before) return false
  if (!stderr.includes('.lock') || tellsOfFullDisk(stderr)) throw new GitError(['update-ref', ref], exit, stderr)
  throw new SluiceError({
    code: 'E404',
    message: `${ref} is locked`,
    fix: `when no git command is running, remove ${repo.gitDir}/${ref}.lock and run again`,
    details: { git: stderr.trim() },
  })
}

function zeros(repo: Place): string {
  return '0'.repeat(repo.objectFormat === 'sha1' ? 40 : 64)
}
