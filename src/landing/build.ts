/**
 * Building a candidate in memory: the merge of each piece of work onto what is ahead of it, one commit behind the other.
 * Nothing is checked out and no ref moves but the pins of the candidate itself.
 */
import { GitError } from '../git/git.ts'
import { type ConflictMerge, commitTree, mergeInMemory, type Person } from '../git/merge.ts'
import { deleteRef, deleteRefs, setRefs } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import type { Landing } from '../model/landing.ts'
import { landingMessage, type LandingNames } from './message.ts'

export interface Part {
  landing: Landing
  names: LandingNames
}

export interface BuildOrder {
  onto: string
  /** In landing order. */
  parts: readonly Part[]
  identity: Person
  /** The user wants commits signed, and they can be. */
  signs: boolean
  /** Of the commits: journaled before, so that a replay gives the same ones. */
  dateSeconds: number
}

export interface Built {
  /** Landings with their commits, in order; without those that conflict. */
  landings: Landing[]
  /** The last commit, and its tree: what the gate is asked about. Where nothing could be built: `onto`, and an empty text. */
  commit: string
  tree: string
  /** What cannot be merged onto those before it; `ahead` are the parts of this candidate that it was tried on. */
  conflicts: { landing: Landing; onto: string; ahead: string[]; merge: ConflictMerge }[]
}

/**
 * Merges one part after the other, leaving out what conflicts, and pins the result. Until then nothing holds what git has
 * made: when somebody's `gc --prune=now` takes it away in between, it is made once more, and is the same.
 */
export async function buildCandidate(repo: Repository, order: BuildOrder): Promise<Built> {
  try {
    return await build(repo, order)
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return await build(repo, order)
  }
}

async function build(repo: Repository, order: BuildOrder): Promise<Built> {
  const { onto, parts, identity, signs, dateSeconds } = order
  const landings: Landing[] = []
  const conflicts: Built['conflicts'] = []
  let commit = onto
  let tree = ''
  for (const { landing, names } of parts) {
    const merge = await mergeInMemory(repo, commit, landing.work)
    if (merge.kind === 'conflict') {
      conflicts.push({ landing, onto: commit, ahead: landings.map(({ workstream }) => workstream), merge })
      continue
    }
    tree = merge.tree
    const parents = [commit, landing.work]
    const message = landingMessage(names)
    commit = await commitTree(repo, {
      tree,
      parents,
      message,
      author: identity,
      committer: identity,
      dateSeconds,
      sign: signs,
    })
    landings.push({ ...landing, stage: 'built', date: dateSeconds, commit, tree })
  }
  const pins = landings.map(({ workstream, commit: to }) => ({ ref: candidateRef(workstream), to: to! }))
  if (pins.length > 0) await setRefs(repo, pins, 'sluice: candidate')
  return { landings, commit, tree, conflicts }
}

/** Pins of what is being gated. */
export const CANDIDATES = 'refs/sluice/candidate'

export function candidateRef(workstream: string): string {
  return `${CANDIDATES}/${workstream}`
}

/** Lets go of the pins of several, by one transaction where all of them stand where they are thought to. */
export async function unpinCandidates(
  repo: Repository,
  candidates: readonly { workstream: string; commit: string }[],
): Promise<void> {
  const pins = candidates.map(({ workstream, commit }) => ({ ref: candidateRef(workstream), before: commit }))
  const isEachOnce = new Set(pins.map(({ ref }) => ref)).size === pins.length
  if (pins.length > 1 && isEachOnce && (await deleteRefs(repo, pins))) return
  for (const { workstream, commit } of candidates) await unpinCandidate(repo, workstream, commit)
}

/** The candidate needs no pin once it is on the target, or refused. A newer one of the same workstream keeps its own. */
export async function unpinCandidate(repo: Repository, workstream: string, commit?: string): Promise<void> {
  await deleteRef(repo, candidateRef(workstream), commit)
}
