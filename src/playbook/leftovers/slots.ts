/**
 * What the slots take on the disk, with what tools have unpacked for all of them, and which nobody needs. Removing a slot
 * never loses work that has ended: that is pinned. What is not settled yet, and what a person has opened, is in the slot
 * alone, so these are always needed.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export type SlotUse =
  /** An attempt is at work there, or has not been settled. */
  | 'needed'
  /** A person has it open. */
  | 'opened'
  /** The next run begins faster with it: checked out, dependencies in place. */
  | 'kept'
  /** The run that it was for is over, and the next plan would find it again. */
  | 'spare'
  /** No seat uses it, or it is half made. */
  | 'stale'

export interface SlotSize {
  name: string
  dir: string
  kind: 'agents' | 'gates' | 'open' | 'shared'
  bytes: number
  use: SlotUse
}

export interface SlotNeeds {
  /** Agents with an attempt that is not settled. */
  busyAgents: ReadonlySet<number>
  seats: number
  isLive: boolean
  /** Everything of the newest run is landed or given up. */
  isOver: boolean
}

/** Every slot below `work` with its size; `sizes: false` leaves that out (0), for a quick look. */
export async function findSlots(work: string, needs: SlotNeeds, sizes = true): Promise<SlotSize[]> {
  const found: SlotSize[] = []
  for (const kind of ['agents', 'gates', 'open', 'shared'] as const) {
    const names = await readdir(join(work, kind), { withFileTypes: true }).catch(() => [])
    for (const entry of names) {
      if (!entry.isDirectory()) continue
      const dir = join(work, kind, entry.name)
      const bytes = sizes ? folderBytes(dir) : 0
      found.push({
        name: kind === 'open' || kind === 'shared' ? `${kind}-${entry.name}` : entry.name,
        dir,
        kind,
        bytes,
        use: useOf(kind, entry.name, dir, needs),
      })
    }
  }
  return found.toSorted((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name))
}

function useOf(kind: SlotSize['kind'], name: string, dir: string, needs: SlotNeeds): SlotUse {
  if (kind === 'open') return 'opened'
  const number = Number(name.slice(name.lastIndexOf('-') + 1))
  if (needs.isLive || (kind === 'agents' && needs.busyAgents.has(number))) return 'needed'
  const isBeyond = kind === 'agents' && number > needs.seats
  if (isBeyond || (kind !== 'shared' && !existsSync(join(dir, 'ready')))) return 'stale'
  return needs.isOver ? 'spare' : 'kept'
}

/**
 * Bytes on the disk of everything below a folder; a file with several names counts once, links are not followed. Not
 * asynchronous: a slot has a hundred thousand files, and a thread for each makes that three times as slow.
 */
export function folderBytes(folder: string, seen = new Set<string>()): number {
  let bytes = 0
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined) continue
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const key = `${stat.dev}:${stat.ino}`
      if (seen.has(key)) continue
      seen.add(key)
    }
    bytes += stat.blocks * BLOCK_BYTES
    if (stat.isDirectory()) bytes += folderBytes(path, seen)
  }
  return bytes
}

/** Of a folder that is gone, or that may not be read, nothing. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The unit of `stat`, whatever the file system's blocks are. */
const BLOCK_BYTES = 512
