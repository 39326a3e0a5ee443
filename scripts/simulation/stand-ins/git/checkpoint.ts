/** The files of a worktree while its tool is at work, pinned now and then. */
import type * as real from '../../../../src/git/checkpoint.ts'
import type { Repository } from '../../../../src/git/repository.ts'
import type { Slot } from '../../../../src/git/slot.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/checkpoint.ts'

type Real = InstanceType<typeof real.Checkpoints>

export class Checkpoints implements Pick<Real, 'take' | 'close'> {
  readonly #slot: Slot
  #tree: string | null = null

  constructor(_: Repository, slot: Slot) {
    this.#slot = slot
  }

  take({ base, ref, message, author, dateSeconds }: real.CheckpointOrder): Promise<string | null> {
    return world().doing('checkpoint', () => {
      const { commits, worktrees } = world()
      const worktree = worktrees.get(this.#slot.worktree)
      if (worktree === undefined) return null
      const tree = commits.writeTree(worktree.files)
      if (tree === (this.#tree ?? commits.treeId(base))) return null
      this.#tree = tree
      const tip = commits.write({ tree, parents: [base], message, author: author.name, dateSeconds })
      world().setRef(ref, tip)
      return tip
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
