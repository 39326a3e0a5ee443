/**
 * Looks for changed files in the worktrees of agents at work: one at a time, each about twice a minute, and never for more
 * than a hundredth of the time, however large the repository and however many agents. Large ones are then looked at less
 * often; what is told is as of the last look.
 */
import type { Changes } from '../attempt/thresholds.ts'
import { type ChangedFiles, ChangedFilesScanner } from '../git/changed-files.ts'
import { slotAt } from '../git/slot.ts'
import type { Attempt } from '../model/attempt.ts'
import type { Context } from './context.ts'

/** Of one worktree. The shortest window is five minutes. */
const LOOK_MS = 30_000

/** For each millisecond of looking so many of leaving it. */
const REST_FACTOR = 99

type ChangesContext = Pick<Context, 'repo' | 'now'> & { paths: Pick<Context['paths'], 'work'> }

interface Looked {
  scanner: ChangedFilesScanner
  /** Since when changes count, ms since the epoch. */
  since: number
  scannedAt: number
  found: ChangedFiles | null
}

export class ChangesWatch {
  readonly #context: ChangesContext
  /** By nonce. */
  readonly #looked = new Map<string, Looked>()
  readonly #closing = new AbortController()
  #scan: Promise<void> | null = null
  #restUntil = Number.NEGATIVE_INFINITY

  constructor(context: ChangesContext) {
    this.#context = context
  }

  /** Of an attempt at work, as of the last look; null before that. */
  of({ nonce }: Attempt): Changes | null {
    const looked = this.#looked.get(nonce)
    if (looked === undefined || looked.found === null) return null
    const { at, times } = looked.found
    return { observedMs: at - looked.since, agesMs: times.map((time) => Math.max(0, at - time)) }
  }

  /** Begins a look at the one of these that waits longest for it, when it is time. Others are forgotten. */
  advance(attempts: readonly Attempt[]): void {
    const nonces = new Set(attempts.map(({ nonce }) => nonce))
    for (const nonce of this.#looked.keys()) if (!nonces.has(nonce)) this.#looked.delete(nonce)
    for (const attempt of attempts) if (!this.#looked.has(attempt.nonce)) this.#add(attempt)
    if (this.#scan !== null || performance.now() < this.#restUntil || this.#closing.signal.aborted) return
    const due = [...this.#looked.values()].toSorted((a, b) => a.scannedAt - b.scannedAt)[0]
    if (due === undefined || performance.now() - due.scannedAt < LOOK_MS) return
    this.#scan = this.#look(due).finally(() => (this.#scan = null))
  }

  /** Changes from before now no longer count: the machine slept, and nothing was changed meanwhile. */
  restart(): void {
    for (const looked of this.#looked.values()) Object.assign(looked, { since: this.#context.now(), found: null })
  }

  /** Looks no more; resolves when a look that is under way has ended. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#scan
  }

  #add({ nonce, agent }: Attempt): void {
    const { repo, paths, now } = this.#context
    const scanner = new ChangedFilesScanner(repo, slotAt(paths.work, 'agents', agent))
    this.#looked.set(nonce, { scanner, since: now(), scannedAt: Number.NEGATIVE_INFINITY, found: null })
  }

  async #look(looked: Looked): Promise<void> {
    const began = performance.now()
    const { since } = looked
    looked.scannedAt = began
    // What cannot be looked at (a worktree that is gone, a git that is stopped) is not known; the next look may.
    const found = await looked.scanner.scan(since, this.#closing.signal).catch(() => null)
    if (looked.since === since) looked.found = found
    const ended = performance.now()
    this.#restUntil = ended + (ended - began) * REST_FACTOR
  }
}
