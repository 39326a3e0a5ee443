/**
 * Brings a freshly switched slot to where a tool or a gate can work: files that git does not track (`workspace.copy`)
 * and the user's set-up command (`workspace.setup`).
 *
 * Set-up is the slowest part of a slot, so it is left out while its result is still there: the same command, the same
 * blobs of `workspace.inputs` at the new base, and something kept (`workspace.keep`) for the result to live in.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeFileAtomic } from '../process/files.ts'
import { runShell } from '../process/run.ts'
import type { Enclosure } from '../process/sandbox.ts'
import { git } from './git.ts'
import type { Repository } from './repository.ts'
import type { Slot } from './slot.ts'

/** A set-up that takes longer than this hangs. */
const SETUP_MS_MAX = 30 * 60_000

export interface SetUp {
  repo: Repository
  slot: Slot
  /** The commit that the worktree stands at. */
  commit: string
  workspace: { setup: string | null; inputs: readonly string[]; copy: readonly string[]; keep: readonly string[] }
  environment: Readonly<Record<string, string>>
  logFile: string
  nonce: string
  /** The box that the command runs in, or null for none. */
  enclosure: Enclosure | null
  signal?: AbortSignal
}

export type SetUpResult =
  | { kind: 'done'; ran: boolean; ms: number }
  | { kind: 'failed'; exit: number | null; ms: number }

/** Copies, then runs the set-up command when it is needed. Safe to repeat. */
export async function setUpSlot(setUp: SetUp): Promise<SetUpResult> {
  const { repo, slot, workspace } = setUp
  for (const path of workspace.copy) copyInto(repo.root, slot.worktree, path)
  if (workspace.setup === null) return { kind: 'done', ran: false, ms: 0 }
  const mark = join(slot.dir, 'set-up')
  const wanted = await digest(setUp, workspace.setup)
  if (workspace.keep.length > 0 && existsSync(mark) && readFileSync(mark, 'utf8') === wanted) {
    return { kind: 'done', ran: false, ms: 0 }
  }
  rmSync(mark, { force: true })
  const result = await runShell({
    command: workspace.setup,
    cwd: slot.worktree,
    env: setUp.environment,
    logFile: setUp.logFile,
    timeoutMs: SETUP_MS_MAX,
    nonce: setUp.nonce,
    enclosure: setUp.enclosure,
    ...(setUp.signal === undefined ? {} : { signal: setUp.signal }),
  })
  if (result.exit !== 0) return { kind: 'failed', exit: result.exit, ms: result.ms }
  await writeFileAtomic(mark, wanted)
  return { kind: 'done', ran: true, ms: result.ms }
}

function copyInto(from: string, to: string, path: string): void {
  const source = join(from, path)
  if (!existsSync(source)) return
  mkdirSync(dirname(join(to, path)), { recursive: true })
  cpSync(source, join(to, path), { recursive: true, preserveTimestamps: true })
}

async function digest({ repo, commit, workspace }: SetUp, command: string): Promise<string> {
  const hash = createHash('sha256').update(command)
  if (workspace.inputs.length > 0) {
    const args = ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...workspace.inputs]
    hash.update((await git(args, { gitDir: repo.gitDir })).stdout)
  }
  return hash.digest('hex')
}
