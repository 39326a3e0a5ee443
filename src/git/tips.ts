/**
 * Which commits of a hub are an agent's work. A tool may commit on its branch, on another one, on none, and end
 * anywhere: where its worktree stands says what its files mean, the reflog of its HEAD says what it walked away from.
 *
 * Read from files that the agent wrote: sizes are bounded, garbage is no answer, and nothing is executed.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { git, GitError } from './git.ts'
import { listRefs } from './refs.ts'
import type { Slot } from './slot.ts'

/** Of a reflog only the end counts; this is some 5,000 movements. */
const REFLOG_BYTES_MAX = 1024 * 1024
/** More tips than any tool leaves; what is beyond is not looked at. */
const TIPS_MAX = 50

export interface Tips {
  /** The commit that the worktree's files are to be compared with; null when nothing says so. */
  position: string | null
  /** Everything else that ends a line of work, newest first as far as that is known: the branch before all. */
  others: string[]
  /** Where the workstream's own branch stands. */
  own: string | null
  /** Commits that took the place of the base, or of what was on it: by an amend or a rebase. Newest first. */
  rewrites: string[]
}

/** Reads the tips. `main` of the hub does not count unless the agent's own HEAD was on it; `base` is known to exist. */
export async function readTips(slot: Slot, branch: string, base: string): Promise<Tips> {
  const heads = await branchesOf(slot)
  const head = (await readEnd(join(slot.admin, 'HEAD'), 4096)).trim()
  const moves = readMoves(await readEnd(join(slot.admin, 'logs', 'HEAD'), REFLOG_BYTES_MAX))
  const own = heads.get(`refs/heads/${branch}`)
  const at = head.startsWith('ref: ') ? heads.get(head.slice(5)) : isObjectId(head) ? head : undefined
  heads.delete('refs/heads/main')
  // A reset or an amend throws commits away on purpose; a checkout walks away from them.
  const left = moves.filter((move) => move.text.startsWith('checkout: moving from ')).map((move) => move.from)
  const lost = at === undefined || own === undefined ? moves.map((move) => move.to) : []
  const rewrites = rewritesOf(moves, base).slice(0, TIPS_MAX)
  const known = [at, ...lost, own, ...left, ...heads.values(), ...rewrites].filter((id) => id !== undefined)
  const unknown = [...new Set(known)].filter((id) => id !== base).slice(0, TIPS_MAX)
  const commits = new Set([base, ...(await existing(slot, unknown))])
  const position = [at, ...lost, own].find((id) => id !== undefined && commits.has(id)) ?? null
  // When a ref is lost, only the newest commit in the reflog stands for it: those before it are on its way.
  const order = [own, position, ...left, ...heads.values()].filter((id) => id !== undefined && id !== null)
  return {
    position,
    others: [...new Set(order)].filter((id) => id !== position && commits.has(id)),
    own: own !== undefined && commits.has(own) ? own : null,
    rewrites: rewrites.filter((id) => commits.has(id)),
  }
}

/** By full name; none when the hub is damaged. */
async function branchesOf({ hub }: Slot): Promise<Map<string, string>> {
  try {
    return new Map((await listRefs({ gitDir: hub }, 'refs/heads')).map(({ ref, object }) => [ref, object]))
  } catch (error) {
    if (error instanceof GitError && (error.exit === 1 || error.exit === 128)) return new Map()
    throw error
  }
}

interface Move {
  from: string
  to: string
  text: string
}

/** Newest first. */
function readMoves(reflog: string): Move[] {
  const moves: Move[] = []
  for (const line of reflog.split('\n')) {
    const found = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t]*(?:\t(.*))?$/.exec(line)
    if (found !== null) moves.unshift({ from: found[1]!, to: found[2]!, text: found[3] ?? '' })
  }
  return moves
}

/** An amend counts when it is one of the base, or of what such a one has made; a rebase where it has put commits. */
function rewritesOf(moves: readonly Move[], base: string): string[] {
  const found = new Set<string>()
  for (const { from, to, text } of moves.toReversed()) {
    const isAmend = text.startsWith('commit (amend)') && (from === base || found.has(from))
    const isRebase = text.startsWith('rebase') && !text.includes('(start)')
    if (isAmend || isRebase) found.add(to)
  }
  found.delete(base)
  return [...found].toReversed()
}

function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

async function existing(slot: Slot, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const input = ids.map((id) => `${id}\n`).join('')
  const { stdout } = await git(['cat-file', '--batch-check'], { gitDir: slot.hub, input, exits: [0, 128] })
  return new Set(stdout.split('\n').flatMap((line) => /^([0-9a-f]+) commit /.exec(line)?.[1] ?? []))
}

/** The end of a file, or nothing. Links and pipes are gone from a hub that was put back. */
async function readEnd(file: string, bytesMax: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => null)
  if (handle === null) return ''
  try {
    const { size } = await handle.stat()
    const buffer = Buffer.alloc(Math.min(size, bytesMax))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, Math.max(0, size - bytesMax))
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return ''
  } finally {
    await handle.close()
  }
}
