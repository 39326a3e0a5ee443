/**
 * Pipes, sockets and devices in the places where git reads files: a pipe called `.gitignore` makes it wait for ever,
 * and no version of git can store one. They are removed before git looks.
 */
import { execFile } from 'node:child_process'
import type { Dirent } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** 57,000 files take find 0.1 s. */
const TIMEOUT_MS = 5 * 60_000

/** Up to here looking ourselves is quicker than starting a process. */
const ENTRIES_MAX = 2_000

type Kind = 'hub' | 'worktree'

/** Removes every special file below a real folder; in a hub, where links lead git elsewhere, these too. */
export async function removeSpecialFiles(folder: string, kind: Kind): Promise<void> {
  const found = await findSpecial(folder, kind)
  if (found === null) await removeByFind(folder, kind)
  else for (const path of found) await rm(path, { force: true })
}

/** Their paths, or null when there is too much to look at. */
async function findSpecial(folder: string, kind: Kind): Promise<string[] | null> {
  const folders = [folder]
  const special: string[] = []
  let looked = 0
  while (folders.length > 0) {
    const at = folders.pop()!
    // A name that is not UTF-8 must come back as it is, and what cannot be read fails by itself with a better message.
    const entries: Dirent[] = await readdir(at, { withFileTypes: true }).catch(() => [])
    looked += entries.length
    if (looked > ENTRIES_MAX || entries.some(({ name }) => name.includes('\ufffd'))) return null
    for (const entry of entries) {
      const path = join(at, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (!entry.isFile() && (kind === 'hub' || !entry.isSymbolicLink())) special.push(path)
    }
  }
  return special
}

/** One pass without a call per file. */
async function removeByFind(folder: string, kind: Kind): Promise<void> {
  const links = kind === 'worktree' ? ['!', '-type', 'l'] : []
  const test = ['!', '-type', 'f', '!', '-type', 'd', ...links, '-exec', 'rm', '-f', '{}', '+']
  // An exit code only says that something could not be read; what matters then fails by itself, with a better message.
  await promisify(execFile)('find', [folder, ...test], { timeout: TIMEOUT_MS }).catch(() => {})
}
