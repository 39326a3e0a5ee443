/**
 * The files of a slot while its tool is at work, as a commit on the base, pinned in the user's repository: what is left
 * to go on from when the worktree does not survive.
 *
 * Nothing that the tool can write is obeyed. Git looks at the worktree from a hub of its own, made of our template, whose
 * index is kept from one look to the next: only what has changed since is read. The tool's commits are not asked for;
 * their files are there, and they themselves are taken over when it has ended.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '../model/failure.ts'
import { effect } from '../process/boundary.ts'
import { treeOf } from './ancestry.ts'
import { commitTree } from './merge.ts'
import { setRef } from './refs.ts'
import { removeTree } from './remove-tree.ts'
import type { Repository } from './repository.ts'
import { copyIndex, hasFiles, type Slot } from './slot.ts'
import { snapshot } from './snapshot.ts'
import { applyTemplate } from './template.ts'
import { transfer } from './transfer.ts'
import { snapshotMessage, type SnapshotCommit } from './uncommitted.ts'

/** A pipe in the place of a file that git reads makes it wait for ever; 57,000 files take it 0.2 s. */
const TIMEOUT_MS = 60_000

export interface CheckpointOrder extends SnapshotCommit {
  /** Where it is pinned. */
  ref: string
  maxBytes: number
}

/** Checkpoints of one attempt, one at a time. What an earlier one has left beside the slot is not believed. */
export class Checkpoints {
  readonly #repo: Repository
  readonly #slot: Slot
  readonly #beside: Slot
  /** Of the last checkpoint. */
  #tree: string | null = null

  constructor(repo: Repository, slot: Slot) {
    this.#repo = repo
    this.#slot = slot
    const dir = join(slot.dir, 'checkpoint')
    this.#beside = { ...slot, dir, hub: join(dir, 'hub.git'), index: join(dir, 'index') }
  }

  /**
   * Pins what the worktree holds now; null when that is nothing new, or when the worktree is gone or empty: what was
   * pinned before is worth more then. Throws GitError when it cannot be read: the tool may be in the middle of anything.
   */
  async take(order: CheckpointOrder): Promise<string | null> {
    const { base, ref, author, dateSeconds, message, maxBytes, signal } = order
    const repo = this.#repo
    if (!(await hasFiles(this.#slot))) return null
    if (this.#tree === null) {
      await this.#begin()
      this.#tree = await treeOf(repo, base)
    }
    const limits = { timeoutMs: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) }
    const { tree } = await snapshot(this.#beside, limits)
    if (tree === this.#tree) return null
    const commit = { tree, parents: [base], message: snapshotMessage(message), author, committer: author, dateSeconds }
    const tip = await commitTree({ gitDir: this.#beside.hub }, commit)
    // To its end: a git that is stopped while it stores objects leaves half ones in the user's repository.
    const moved = await transfer(repo, this.#beside, tip, { base, maxBytes })
    if (moved.kind !== 'done') throw new SluiceError({ code: 'E204', message: `it cannot be kept: ${moved.message}` })
    await setRef(repo, ref, tip, 'sluice: checkpoint')
    this.#tree = tree
    return tip
  }

  async #begin(): Promise<void> {
    const { dir, hub } = this.#beside
    await removeTree(dir)
    for (const folder of ['objects', 'refs']) mkdirSync(join(hub, folder), { recursive: true })
    applyTemplate(this.#slot.trusted, hub)
    await copyIndex(this.#slot, this.#beside.index)
  }

  /** Removes what was made beside the slot. The pins stay. */
  async close(): Promise<void> {
    await effect('remove what checkpoints needed', () => removeTree(this.#beside.dir))
  }
}
