/**
 * Which processes belong to an attempt or a check: its tree, however it has scattered.
 *
 * Every member is proven, for a signal must never reach a process that is not ours:
 * - it carries our nonce in its environment (children inherit it, daemons too);
 * - or it is the leader (same boot, number, start time) and its parent is who we know started it: ourselves, or the
 *   shim, whose command line names the nonce (a leader may have overwritten its own environment);
 * - or it is in a session or group that a proven member leads or, with the leader's number, is in;
 * - or its parent is a member; or it was a member at an earlier look, or is in the tree's control group (`kill.ts`).
 *
 * Not found: a descendant that emptied its environment *and* left its session *and* outlived its parent. Ending
 * those too takes a PID namespace (`sandbox.ts`) or a control group (`cgroup.ts`). Where the system does not show every
 * environment, or no sessions, more is missed (`ps-view.ts`, `windows-view.ts`).
 */
import { bootId } from './identity.ts'
import type { ProcessIdentity } from './identity.ts'
import { carriesNonce, namesNonce, VIEW } from './table.ts'
import type { ProcessRow } from './view.ts'

export interface Tree {
  /** Random, used once; at least 16 characters, so that it cannot occur by accident. */
  nonce: string
  /** The first process, which leads a session and group of its own; null when it was never seen to start. */
  leader: ProcessIdentity | null
}

/** One process at one time, as a key. */
export function rowKey(row: { pid: number; startTicks: number }): string {
  return `${row.pid}@${row.startTicks}`
}

/**
 * The members of `tree` among `rows`, zombies left out. `known` holds keys of members found before and grows by
 * those found now.
 */
export function treeMembers(tree: Tree, rows: readonly ProcessRow[], known: Set<string>): ProcessRow[] {
  if (tree.nonce.length < NONCE_LENGTH_MIN) throw new Error('a nonce must not be guessable')
  const leader = tree.leader?.bootId === bootId() ? tree.leader : null
  const members = new Map<number, ProcessRow>()
  const isLeader = (row: ProcessRow): boolean => leader?.pid === row.pid && leader.startTicks === row.startTicks
  // Nobody is older than the leader, living or not: the nonce was made for it. It spares reading most environments.
  const oldestTicks = VIEW.isOrdered ? (leader?.startTicks ?? 0) : 0
  const parents = new Map(rows.map((row) => [row.pid, row]))
  for (const row of rows) {
    if (row.pid === process.pid || row.state === 'Z' || row.startTicks < oldestTicks) continue
    const isProven = known.has(rowKey(row)) || carriesNonce(row, tree.nonce)
    if (isProven || (isLeader(row) && isStartedByUs(row, parents.get(row.parent), tree.nonce)))
      members.set(row.pid, row)
  }
  addGroups(members, rows, leader?.pid ?? null)
  addDescendants(members, rows)
  members.delete(process.pid)
  const living = [...members.values()].filter((row) => row.state !== 'Z')
  for (const row of living) known.add(rowKey(row))
  return living
}

const NONCE_LENGTH_MIN = 16

function isStartedByUs(row: ProcessRow, parent: ProcessRow | undefined, nonce: string): boolean {
  return row.parent === process.pid || (parent !== undefined && namesNonce(parent, nonce))
}

/**
 * A session or group whose number is that of a member was made by it. The leader's number also counts when the
 * leader is gone, if a member is still in it: the number cannot be given out again as long as the group is in use.
 * Other numbers do not count: before it calls setsid, a first process carries the nonce in the session of its parent.
 */
function addGroups(members: Map<number, ProcessRow>, rows: readonly ProcessRow[], leaderPid: number | null): void {
  const ours = new Set(members.keys())
  for (const member of members.values()) {
    if (leaderPid !== null && (member.group === leaderPid || member.session === leaderPid)) ours.add(leaderPid)
  }
  for (const row of rows) if (ours.has(row.group) || ours.has(row.session)) members.set(row.pid, row)
}

function addDescendants(members: Map<number, ProcessRow>, rows: readonly ProcessRow[]): void {
  const children = Map.groupBy(rows, (row) => row.parent)
  const stack = [...members.keys()]
  while (stack.length > 0) {
    for (const child of children.get(stack.pop()!) ?? []) {
      if (members.has(child.pid) || child.pid === process.pid) continue
      members.set(child.pid, child)
      stack.push(child.pid)
    }
  }
}
