/**
 * Ending a whole tree: politely, then for good, then once more for whoever slipped away in between.
 *
 * A number alone is never signalled. Right before each signal the process is looked up again, and it gets the
 * signal only if it started when the proven member did and belongs to our user.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { dropGroup, groupMembers, killGroup } from './cgroup.ts'
import { bootId } from './identity.ts'
import type { ProcessIdentity } from './identity.ts'
import { carriesNonce, processTable, VIEW } from './table.ts'
import { rowKey, treeMembers } from './tree.ts'
import type { Tree } from './tree.ts'
import type { ProcessRow } from './view.ts'

/** TERM, this long, KILL: what the slowest of the known tools needs to write its session away. */
export const GRACE_MS = 5_000

/** Looks for the end of the grace: soon at first, then less often, since each look reads the process table. */
const LOOK_MS_MIN = 10
const LOOK_MS_MAX = 200

/** A killed process is gone within milliseconds; a storm of forks needs more rounds; in state D it may take for ever. */
const KILL_ROUNDS_MAX = 60

export interface Killed {
  /** Members that lived when we began. */
  found: number
  /** Members that live in spite of everything (uninterruptible in the kernel). */
  survivors: number
}

/** Ends every member of the tree; `graceMs` 0 kills at once. Takes at most `graceMs` and about ten seconds. */
export async function killTree(tree: Tree, limit: { graceMs: number }): Promise<Killed> {
  const look = lookFor(tree)
  let members = look()
  const found = members.length
  if (found > 0 && limit.graceMs > 0 && VIEW.canAsk) {
    const boxes = parentsOfNamespaces(members)
    signalAll(
      members.filter(({ pid }) => !boxes.has(pid)),
      'SIGTERM',
    )
    members = await untilGone(look, limit.graceMs)
  }
  for (let round = 0; members.length > 0 && round < KILL_ROUNDS_MAX; round++) {
    // Groups first, at one stroke: a storm of forks is faster than a list of numbers.
    killGroup(tree.nonce)
    signalAll(
      members.filter(({ pid, group }) => group === pid),
      'SIGKILL',
      'group',
    )
    signalAll(members, 'SIGKILL')
    await delay(Math.min(LOOK_MS_MIN * (round + 1), LOOK_MS_MAX))
    members = look()
  }
  dropGroup(tree.nonce)
  return { found, survivors: members.length }
}

/** Finds the members of a tree, again and again; who was one stays one. Who is in its control group is proven by that. */
export function lookFor(tree: Tree): () => ProcessRow[] {
  const known = new Set<string>()
  return () => {
    const inGroup = new Set(groupMembers(tree.nonce))
    const rows = processTable()
    for (const row of rows) if (inGroup.has(row.pid)) known.add(rowKey(row))
    return treeMembers(tree, rows, known)
  }
}

/**
 * Who started the first process of a PID namespace. A TERM ends such a one at once, and with it all that are in there,
 * without their having been asked: the box of a sandbox does not hand it on. It ends by itself when they have.
 */
function parentsOfNamespaces(members: readonly ProcessRow[]): Set<number> {
  const firsts = members.filter(({ pid }) => {
    const inwards = VIEW.namespacePids(pid)
    return inwards.length > 1 && inwards.at(-1) === 1
  })
  return new Set(firsts.map(({ parent }) => parent))
}

async function untilGone(look: () => ProcessRow[], waitMs: number): Promise<ProcessRow[]> {
  const end = performance.now() + waitMs
  let pauseMs = LOOK_MS_MIN
  for (;;) {
    const leftMs = end - performance.now()
    if (leftMs > 0) await delay(Math.min(pauseMs, leftMs))
    const members = look()
    if (members.length === 0 || leftMs <= 0) return members
    pauseMs = Math.min(pauseMs * 2, LOOK_MS_MAX)
  }
}

/** Signals the processes of rows of this very turn's table, or the groups that they lead. */
function signalAll(
  rows: readonly ProcessRow[],
  signal: 'SIGTERM' | 'SIGKILL',
  whom: 'process' | 'group' = 'process',
): void {
  for (const row of VIEW.again(rows)) {
    if (!VIEW.isOwnUser(row)) continue
    try {
      VIEW.signal(row, signal, whom)
    } catch {
      // Gone since the look, which is what was wanted.
    }
  }
}

/** All living processes that carry the nonce, whoever started them: what recovery looks for after a crash. */
export function findByNonce(nonce: string): ProcessIdentity[] {
  return processTable()
    .filter((row) => row.state !== 'Z' && row.pid !== process.pid && carriesNonce(row, nonce))
    .map(({ pid, startTicks }) => ({ bootId: bootId(), pid, startTicks }))
}
