/**
 * Making a hub that an agent has had safe to read: its configuration and everything else that git would obey or wait
 * for goes, our template comes back. Objects, refs and reflogs stay: they are the work.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from './remove-tree.ts'
import { removeSpecialFiles } from './special-files.ts'
import { isFolder, linkFile, type Slot } from './slot.ts'
import { applyTemplate } from './template.ts'

/**
 * What may stay at the top of a hub: `lfs` holds contents, which are believed by their checksum. Not `commondir` (git would read another folder's configuration), not
 * `config.worktree`, `hooks` or `info` (attributes, grafts).
 */
const KEPT: ReadonlySet<string> = new Set(['objects', 'refs', 'packed-refs', 'logs', 'worktrees', 'lfs'])
const FOLDERS = ['objects', 'refs', 'worktrees'] as const

/** Says what had to be repaired, in words for a report. The agent's processes must be dead. */
export async function putBack(slot: Slot): Promise<string[]> {
  const reports: string[] = []
  if (!(await isFolder(slot.hub))) {
    reports.push('the hub was gone: its commits are lost, the files count')
    await removeTree(slot.hub)
    await mkdir(slot.hub)
  }
  for (const name of await readdir(slot.hub)) {
    if (!KEPT.has(name)) await removeTree(join(slot.hub, name))
  }
  for (const name of FOLDERS) {
    const path = join(slot.hub, name)
    if (await isFolder(path)) continue
    reports.push(`${name} of the hub was gone or replaced`)
    await removeTree(path)
    await mkdir(path)
  }
  await removeTree(join(slot.hub, 'objects', 'info'))
  await removeSpecialFiles(slot.hub, 'hub')
  applyTemplate(slot.trusted, slot.hub)
  // A command of ours that was killed: nobody else takes this lock, and there is one of us.
  await rm(`${slot.index}.lock`, { force: true })
  if (await isFolder(slot.worktree)) {
    await removeSpecialFiles(slot.worktree, 'worktree')
    if (await linkFile(slot)) reports.push('the .git file of the worktree was gone or replaced')
  }
  return reports
}
