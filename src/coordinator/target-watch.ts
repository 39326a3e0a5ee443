/**
 * Notices when something happens where the target lives: a commit, a checkout, the end of a merge. Then the loop looks
 * whether what waits for the target can go on. Only while something waits, so a run in good order watches nothing.
 *
 * What is watched are folders of the git directory, for git replaces files by renaming. What a person undoes in an editor
 * touches none of them; for that there is a slow look.
 */
import { existsSync, type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { checkoutsOf } from '../git/checkout.ts'
import type { Repository } from '../git/repository.ts'
import type { Bell } from './bell.ts'

/** Of whoever has just undone an edit: soon enough to see it happen. */
const LOOK_MS = 30_000

/**
 * Of a git directory. Not `index.lock`: our own tries take it, so each would lead to the next one.
 */
const NAMES = [
  'HEAD',
  // Where core.bare is.
  'config',
  'index',
  'packed-refs',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_START',
  'rebase-merge',
  'rebase-apply',
  'sequencer',
  // The first linked worktree makes it.
  'worktrees',
]

interface Place {
  folder: string
  /** What counts in it; null: that an entry comes or goes. */
  names: readonly string[] | null
}

export class TargetWatch implements Disposable {
  readonly #repo: Repository
  readonly #target: string
  readonly #bell: Bell
  readonly #lookMs: number
  readonly #watchers = new Map<string, { watcher: FSWatcher | null; place: Place; seen: string }>()
  #timer: NodeJS.Timeout | null = null

  constructor(repo: Repository, target: string, bell: Bell, lookMs = LOOK_MS) {
    this.#repo = repo
    this.#target = target
    this.#bell = bell
    this.#lookMs = lookMs
  }

  /** Watches from now on, or no more. To be said again after each look: the target may be checked out elsewhere by now. */
  async want(isWanted: boolean): Promise<void> {
    if (!isWanted) return this[Symbol.dispose]()
    const places = await this.#places()
    for (const [folder, { watcher }] of this.#watchers) {
      if (places.some((place) => place.folder === folder)) continue
      watcher?.close()
      this.#watchers.delete(folder)
    }
    this.#timer ??= setInterval(() => this.#bell.ring(), this.#lookMs)
    const fresh = places.filter(({ folder }) => !this.#watchers.has(folder))
    for (const place of fresh) this.#open(place)
    // What happened between the look and this has told nobody.
    if (fresh.length > 0) this.#bell.ring()
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    for (const { watcher } of this.#watchers.values()) watcher?.close()
    this.#watchers.clear()
  }

  async #places(): Promise<Place[]> {
    const { gitDir } = this.#repo
    const ref = join(gitDir, 'refs/heads', this.#target)
    const checkouts = await checkoutsOf(this.#repo, this.#target)
    const gitDirs = new Set([gitDir, ...checkouts.map((checkout) => checkout.gitDir)])
    const places: Place[] = [
      ...[...gitDirs].map((folder) => ({ folder, names: NAMES })),
      { folder: dirname(ref), names: [basename(ref)] },
      { folder: join(gitDir, 'worktrees'), names: null },
    ]
    return places.filter(({ folder }) => existsSync(folder))
  }

  #open(place: Place): void {
    const { folder } = place
    const entry: { watcher: FSWatcher | null; place: Place; seen: string } = {
      watcher: null,
      place,
      seen: stamp(place),
    }
    this.#watchers.set(folder, entry)
    const look = (): void => {
      const now = stamp(place)
      if (now === entry.seen) return
      entry.seen = now
      this.#bell.ring()
    }
    const close = (): void => entry.watcher?.close()
    try {
      entry.watcher = watch(folder, look)
      // It has gone, or the system has no watches left: the slow look finds it.
      entry.watcher.on('error', close)
    } catch {
      entry.watcher = null
    }
  }
}

/** Differs whenever something that counts was replaced. */
function stamp({ folder, names }: Place): string {
  const paths = names === null ? [folder] : names.map((name) => join(folder, name))
  return paths
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? '-' : `${found.ino}:${found.mtimeMs}:${found.size}`
    })
    .join(' ')
}
