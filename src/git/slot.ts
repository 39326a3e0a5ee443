/**
 * A slot: the place where one attempt, or one gate, happens. A bare hub that borrows the user's objects, and a worktree
 * of that hub. Whoever works in it can at worst damage this hub: not the user's refs, configuration, hooks or objects.
 *
 * ```
 * <work>/agents/agent-1/
 *   hub.git/   made anew for every attempt: nothing that an earlier one planted can be in it
 *   worktree/  kept, so that build caches survive; brought to the base by our own index
 *   home/ tmp/ of the tool
 *   trusted/   our template of the hub and our index: what they say is compared, never what an agent's say
 *   ready      written last; a slot without it is deleted and built again
 * ```
 * Every step may be cut off by a kill: the next preparation starts over and does not read what a half one left.
 */
import { copyFile, lstat, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { effect, effectNow } from '../process/boundary.ts'
import { writeFileAtomic } from '../process/files.ts'
import { type Cone, conePatterns, readCone, WHOLE_TREE } from './cone.ts'
import { GitError, git } from './git.ts'
import type { Person } from './merge.ts'
import { deleteRef, setRef } from './refs.ts'
import { removeTree } from './remove-tree.ts'
import type { Repository } from './repository.ts'
import { removeSpecialFiles } from './special-files.ts'
import { applyTemplate, readHubInputs, SPARSE_FILE, writeTemplate } from './template.ts'

export interface Slot {
  /** `agent-1`, `gate-2`, `open-<workstream>`: unique in a repository. */
  name: string
  dir: string
  hub: string
  worktree: string
  home: string
  tmp: string
  trusted: string
  /** The index that is believed. Its stat data is of files as we wrote or read them. */
  index: string
  /** The worktree's folder inside the hub. */
  admin: string
}

/** The slot of a seat; `number` starts at 1. Nothing is created. */
export function slotAt(workRoot: string, kind: 'agents' | 'gates', number: number): Slot {
  const name = `${kind.slice(0, -1)}-${number}`
  return slotIn(join(workRoot, kind, name), name)
}

/** The slot in which a workstream is opened for a person. It takes no seat. Nothing is created. */
export function openSlotAt(workRoot: string, workstream: string): Slot {
  return slotIn(join(workRoot, 'open', workstream), `open-${workstream}`)
}

function slotIn(dir: string, name: string): Slot {
  const trusted = join(dir, 'trusted')
  const hub = join(dir, 'hub.git')
  return {
    name,
    dir,
    hub,
    worktree: join(dir, 'worktree'),
    home: join(dir, 'home'),
    tmp: join(dir, 'tmp'),
    trusted,
    index: join(trusted, 'index'),
    admin: join(hub, 'worktrees', 'worktree'),
  }
}

export interface Preparation {
  /** The commit to start from. An agent's is pinned in the user's repository as long as the slot stands on it. */
  base: string
  /** `ws/<id>` for an agent; null for a gate, whose HEAD is detached at the base. */
  branch: string | null
  /** The target's short name, as `origin/<target>` in the hub, where tools look for it. Default: `main`. */
  target?: string
  /** Patterns of ignored files that survive from one attempt to the next (`workspace.keep`). */
  keep: readonly string[]
  /** What the worktree is to hold; null (the default) for all of it, as a gate needs. */
  cone?: Cone | null
  /** Of the commits that are made in it; a gate makes none. */
  identity?: Person
  signal?: AbortSignal
}

/** Makes a slot, or makes it as new. `created`: there was none to reuse, so what was kept in it is not there. */
export async function prepareSlot(
  repo: Repository,
  slot: Slot,
  preparation: Preparation,
): Promise<{ created: boolean }> {
  // What a gate stands on is pinned already: as a candidate, as an attempt's work, or by the target itself.
  const pinned =
    preparation.branch === null ? null : setRef(repo, pinOf(slot), preparation.base, 'sluice: base of a slot')
  const [prepared] = await Promise.all([prepare(repo, slot, preparation), pinned])
  return prepared
}

async function prepare(repo: Repository, slot: Slot, preparation: Preparation): Promise<{ created: boolean }> {
  if (existsSync(join(slot.dir, 'ready'))) {
    try {
      await build(repo, slot, preparation, false)
      return { created: false }
    } catch (error) {
      if (!(error instanceof GitError) || preparation.signal?.aborted) throw error
      // The worktree is in a state that git cannot bring back: start over rather than understand it.
    }
  }
  await effect('remove a slot', () => removeTree(slot.dir))
  await build(repo, slot, preparation, true)
  await effect('write ready', () => writeFile(join(slot.dir, 'ready'), ''))
  return { created: true }
}

/** Removes a slot and its pin. Throws E406 when something in it cannot be removed. */
export async function removeSlot(repo: Repository, slot: Slot): Promise<void> {
  await effect('remove a slot', () => removeTree(slot.dir))
  await deleteRef(repo, pinOf(slot))
}

function pinOf(slot: Slot): string {
  return `refs/sluice/base/${slot.name}`
}

async function build(repo: Repository, slot: Slot, preparation: Preparation, isNew: boolean): Promise<void> {
  const { base, branch, target = 'main', keep, cone = null, identity = null, signal } = preparation
  const sparse = cone === null ? '' : conePatterns(cone)
  const before = isNew ? sparse : await readFile(join(slot.trusted, SPARSE_FILE), 'utf8').catch(() => '')
  await effect('remove a hub', () => removeTree(slot.hub))
  // A link in the place of the worktree would have us clean a folder of somebody else.
  if (!(await isFolder(slot.worktree))) await removeTree(slot.worktree)
  for (const dir of [slot.worktree, slot.home, slot.trusted]) mkdirSync(dir, { recursive: true })
  await removeTree(slot.tmp)
  mkdirSync(slot.tmp)
  rmSync(`${slot.index}.lock`, { force: true })
  const [inputs, own] = await Promise.all([
    readHubInputs(repo),
    initConfig(repo, slot, signal),
    removeSpecialFiles(slot.worktree, 'worktree'),
  ])
  const becomes = (patterns: string): void =>
    effectNow('write a hub', () => {
      writeTemplate(slot.trusted, slot.hub, own, identity, inputs, patterns)
      applyTemplate(slot.trusted, slot.hub)
    })
  becomes(before === sparse ? sparse : WHOLE_TREE)
  const branches = ['refs/heads/main', ...(branch === null ? [] : [`refs/heads/${branch}`])]
  for (const ref of [...branches, `refs/remotes/origin/${target}`]) writeHubRef(slot, ref, base)
  writeHubRef(slot, 'refs/remotes/origin/HEAD', `ref: refs/remotes/origin/${target}`)
  await checkOut(slot, base, signal)
  const patterns = keep.map((pattern) => `--exclude=${pattern}`)
  if (!isNew) await git(['clean', '-ffdxq', ...patterns], { ...inWorktree(slot), signal })
  if (before !== sparse) {
    // By way of the whole tree: what an attempt has changed outside the new cone is put right before it goes.
    becomes(sparse)
    if (cone !== null) await checkOut(slot, base, signal)
  }
  await linkWorktree(slot, branch === null ? base : `ref: refs/heads/${branch}`)
  if (cone !== null) await giveCone(slot, sparse)
  await giveIndex(slot)
}

/** Git asks for the patterns of a worktree beside its index. */
async function giveCone(slot: Slot, patterns: string): Promise<void> {
  await mkdir(dirname(join(slot.admin, SPARSE_FILE)), { recursive: true })
  await writeFile(join(slot.admin, SPARSE_FILE), patterns)
}

/** The cone of a slot as it was prepared; null when its worktree is whole. */
export async function coneOf(slot: Slot): Promise<Cone | null> {
  const patterns = await readFile(join(slot.trusted, SPARSE_FILE), 'utf8').catch(() => '')
  return patterns === '' ? null : readCone(patterns)
}

/**
 * The empty hub, and the part of its configuration that `git init` writes (format, what the file system can do). That
 * is the same for all slots, so git is asked once and the answer kept beside them; the folders are what git looks for.
 */
async function initConfig(repo: Repository, slot: Slot, signal: AbortSignal | undefined): Promise<string> {
  const kept = join(dirname(dirname(slot.dir)), `init.${repo.objectFormat}`)
  const known = await readFile(kept, 'utf8').catch(() => null)
  if (known !== null) {
    for (const folder of ['objects/info', 'objects/pack', 'refs/heads']) {
      mkdirSync(join(slot.hub, folder), { recursive: true })
    }
    return known
  }
  const init = ['init', '-q', '--bare', '--template=', `--object-format=${repo.objectFormat}`, slot.hub]
  await git(init, { gitDir: null, cwd: slot.dir, signal })
  const own = await readFile(join(slot.hub, 'config'), 'utf8')
  await writeFileAtomic(kept, own)
  return own
}

/** A ref of a hub that nobody but us has touched yet: then a file is all that it is. */
function writeHubRef(slot: Slot, ref: string, value: string): void {
  mkdirSync(dirname(join(slot.hub, ref)), { recursive: true })
  writeFileSync(join(slot.hub, ref), `${value}\n`)
}

/** Arguments for git on the worktree with the trusted index. It needs nothing that an agent can write but the files. */
export function inWorktree(slot: Slot): { gitDir: string; workTree: string; indexFile: string } {
  return { gitDir: slot.hub, workTree: slot.worktree, indexFile: slot.index }
}

/** Brings the files to a commit or tree. Files that the trusted index knows to be right are not written again. */
export async function checkOut(slot: Slot, commit: string, signal?: AbortSignal): Promise<void> {
  await git(['read-tree', '-u', '--reset', commit], { ...inWorktree(slot), signal })
}

/** Writes the two halves of a linked worktree by hand: the same for a new one and for one that was broken. */
export async function linkWorktree(slot: Slot, head: string): Promise<void> {
  await effect('link a worktree', async () => {
    mkdirSync(join(slot.admin, 'logs'), { recursive: true })
    writeFileSync(join(slot.admin, 'HEAD'), `${head}\n`)
    writeFileSync(join(slot.admin, 'commondir'), '../..\n')
    writeFileSync(join(slot.admin, 'gitdir'), `${join(slot.worktree, '.git')}\n`)
    await linkFile(slot)
  })
}

/** The `.git` file of the worktree, whatever stands in its place. Says whether it had to be put right. */
export async function linkFile(slot: Slot): Promise<boolean> {
  const file = join(slot.worktree, '.git')
  const text = `gitdir: ${slot.admin}\n`
  const found = await lstat(file).catch(() => null)
  if (found?.isFile() && found.size < 65536 && (await readFile(file, 'utf8')) === text) return false
  if (found !== null) await removeTree(file)
  await writeFile(file, text)
  return true
}

/** Gives the agent a copy of the index. */
export async function giveIndex(slot: Slot): Promise<void> {
  await copyIndex(slot, join(slot.admin, 'index'))
}

/**
 * Copies the trusted index. Git re-reads a file that is as young as the index it knows it by, so a copy that is younger
 * would hide a change of the same size. It is made a little older instead, by what a number of seconds cannot express.
 */
export async function copyIndex(slot: Slot, copy: string): Promise<void> {
  await copyFile(slot.index, copy)
  const seconds = (Math.floor((await lstat(slot.index)).mtimeMs) - 1) / 1000
  await utimes(copy, seconds, seconds)
}

/** Whether anything lies in the worktree. */
export async function hasFiles({ worktree }: Slot): Promise<boolean> {
  return (await isFolder(worktree)) && (await readdir(worktree)).some((name) => name !== '.git')
}

/** Whether a path is a real folder, not a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isDirectory() ?? false
}
