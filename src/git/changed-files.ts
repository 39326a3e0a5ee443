/**
 * Which files of a slot's worktree were changed lately, found by looking: a watch of the kernel for every file of every
 * agent would use up what the user's editor needs, and one for every folder too, in a repository of some size.
 *
 * One walk answers for any time in the past, because each file says when it was changed last (its ctime, which nobody can
 * set). So walks may be minutes apart and nothing is missed but a second change of the same path, which does not count
 * anyway. Nor do files that are deleted.
 *
 * Ignored folders are not entered; git is asked about each new folder and each changed file once. It is asked with the
 * user's repository and our own index: neither is the agent's, and `check-ignore` reads nothing else but `.gitignore`.
 */
import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { git } from './git.ts'
import type { Repository } from './repository.ts'
import type { Slot } from './slot.ts'

/** How long we look without a break: the loop has other things to do. */
const SLICE_MS = 5

/** A tree that is larger is not walked to its end, and nothing is said of it. */
const FILES_MAX = 200_000

/** More changed files than this are not asked about: whatever they are, it is no standstill. */
const ASKED_MAX = 5_000

export interface ChangedFiles {
  /** When the walk began, ms since the epoch. */
  at: number
  /** When each changed file was changed last. */
  times: number[]
  /** Time that the walk and git took. */
  ms: number
}

export class ChangedFilesScanner {
  readonly #repo: Repository
  readonly #slot: Slot
  /** Paths that git was asked about, and whether it ignores them. */
  readonly #ignored = new Map<string, boolean>()

  constructor(repo: Repository, slot: Slot) {
    this.#repo = repo
    this.#slot = slot
  }

  /** Files changed at or after `since` (ms since the epoch); null when that cannot be said. */
  async scan(since: number, signal: AbortSignal): Promise<ChangedFiles | null> {
    const at = Date.now()
    const began = performance.now()
    const changed = new Map<string, number>()
    let files = 0
    let sliceEnds = began + SLICE_MS
    // Folder by folder in rounds, so that git is asked about many at once.
    for (let round = ['']; round.length > 0;) {
      const folders: string[] = []
      for (const folder of round) {
        const entries = entriesOf(join(this.#slot.worktree, folder))
        // A repository of its own: git does not look inside either.
        if (folder !== '' && entries.some(({ name }) => name === '.git')) continue
        for (const entry of entries) {
          const path = folder === '' ? entry.name : `${folder}/${entry.name}`
          if (path === '.git') continue
          if (++files > FILES_MAX || signal.aborted) return null
          if (entry.isDirectory()) folders.push(path)
          else {
            const time = changedAt(join(this.#slot.worktree, path))
            if (time >= since) changed.set(path, time)
          }
          if (performance.now() < sliceEnds) continue
          await new Promise(setImmediate)
          sliceEnds = performance.now() + SLICE_MS
        }
      }
      await this.#ask(folders, signal)
      round = folders.filter((path) => this.#ignored.get(path) !== true)
    }
    if (changed.size <= ASKED_MAX) await this.#ask([...changed.keys()], signal)
    const times = [...changed].flatMap(([path, time]) => (this.#ignored.get(path) === true ? [] : [time]))
    return { at, times, ms: performance.now() - began }
  }

  async #ask(paths: readonly string[], signal: AbortSignal): Promise<void> {
    const unknown = paths.filter((path) => !this.#ignored.has(path))
    if (unknown.length === 0) return
    const { stdout } = await git(['check-ignore', '-z', '--stdin'], {
      gitDir: this.#repo.gitDir,
      workTree: this.#slot.worktree,
      indexFile: this.#slot.index,
      input: unknown.map((path) => `${path}\0`).join(''),
      exits: [0, 1],
      signal,
    })
    const ignored = new Set(stdout.split('\0'))
    for (const path of unknown) this.#ignored.set(path, ignored.has(path))
  }
}

/** A folder that has gone, or may not be read, is empty. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function changedAt(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0
}
