/**
 * Runs a regenerating command in a gate slot: a clean checkout of the merged tree, away from the user's checkout and from
 * every agent, with nothing left running afterwards.
 *
 * Without the set-up command: that usually installs what the file in conflict says, and the file is not made yet.
 */
import { rm } from 'node:fs/promises'
import { BLOB_BYTES_MAX, readBlobs, writeBlob } from '../../git/blob.ts'
import type { Edit } from '../../git/edit-tree.ts'
import { slotEnclosure } from '../../git/enclosure.ts'
import { commitTree } from '../../git/merge.ts'
import { putBack } from '../../git/put-back.ts'
import { deleteRef, setRef } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import { setUpSlot } from '../../git/set-up.ts'
import { prepareSlot, type Slot } from '../../git/slot.ts'
import { snapshot } from '../../git/snapshot.ts'
import { treeChanges } from '../../git/tree-changes.ts'
import type { Config } from '../../model/config.ts'
import { allowedEnvironment } from '../../process/environment.ts'
import { replaceFile } from '../../process/files.ts'
import { runShell } from '../../process/run.ts'
import { markFile } from '../checks.ts'
import type { Ran, RunOnTree } from './regenerate.ts'

/** Resolving a large set of packages with a cold cache takes minutes. */
const TIMEOUT_MS = 15 * 60_000

const GATE = { name: 'Sluice gate', email: 'sluice@localhost' }

export interface RegenerationSlot {
  repo: Repository
  slot: Slot
  target: string
  workspace: Config['workspace']
  sandbox: Config['sandbox']
  /** What the command writes goes here, appended. */
  logFile: string
  nonce: string
  signal?: AbortSignal
  /** Default: 15 minutes. */
  timeoutMs?: number
}

/** The way to run commands in this slot, which must not be in use for anything else meanwhile. */
export function regenerateIn(place: RegenerationSlot): RunOnTree {
  return async ({ tree, command, isDeclared }) => {
    const { repo, slot } = place
    const pin = `refs/sluice/regenerate/${slot.name}`
    const message = 'A merge in which files are made again\n'
    const commit = await commitTree(repo, { tree, parents: [], message, author: GATE, committer: GATE, dateSeconds: 0 })
    await setRef(repo, pin, commit, 'files are made again')
    try {
      const why = await runAt(place, commit, command)
      return why === null ? await collect(place, tree, isDeclared) : { kind: 'failed', why }
    } finally {
      await deleteRef(repo, pin)
    }
  }
}

/** What the command has changed, with the contents brought from the slot to the user's repository. */
async function collect(
  { repo, slot, signal }: RegenerationSlot,
  tree: string,
  isDeclared: (path: string) => boolean,
): Promise<Ran> {
  await putBack(slot)
  const after = await snapshot(slot, signal === undefined ? {} : { signal })
  const changes = await treeChanges(slot.hub, tree, after.tree)
  const elsewhere = changes.flatMap(({ path }) => (isDeclared(path) ? [] : [path]))
  if (elsewhere.length > 0) return { kind: 'ran', edits: [], elsewhere }
  const objects = changes.flatMap((change) => change.after?.object ?? [])
  const contents = await readBlobs({ gitDir: slot.hub }, objects)
  const edits: Edit[] = []
  for (const { path, after: made } of changes) {
    if (made === null) {
      edits.push({ path, entry: null })
      continue
    }
    const content = contents.get(made.object)
    if (content === undefined) return { kind: 'failed', why: `made ${path} larger than ${BLOB_BYTES_MAX} bytes` }
    edits.push({ path, entry: { mode: made.mode, object: await writeBlob(repo, content) } })
  }
  return { kind: 'ran', edits, elsewhere }
}

/** Runs it at this commit; null when it ended well, else how it ended. */
async function runAt(place: RegenerationSlot, commit: string, command: string): Promise<string | null> {
  const { repo, slot, target, workspace, logFile, nonce, timeoutMs = TIMEOUT_MS } = place
  const signal = place.signal === undefined ? {} : { signal: place.signal }
  const keep = workspace.keep
  await prepareSlot(repo, slot, { base: commit, branch: null, target, keep, identity: GATE, ...signal })
  // As for checks: who comes after a kill ends by it what is still at work here.
  await replaceFile(markFile(slot.dir), nonce)
  const set = { HOME: slot.home, TMPDIR: slot.tmp, CI: 'true' }
  const environment = allowedEnvironment(process.env, { pass: [], set })
  const copyOnly = { ...workspace, setup: null }
  const enclosure = await slotEnclosure(repo, slot, place.sandbox)
  await setUpSlot({ repo, slot, commit, workspace: copyOnly, environment, logFile, nonce, enclosure, ...signal })
  const { exit, timedOut } = await runShell({
    command,
    cwd: slot.worktree,
    env: environment,
    logFile,
    timeoutMs,
    nonce,
    enclosure,
    ...signal,
  })
  await rm(markFile(slot.dir), { force: true })
  if (timedOut) return `took longer than ${timeoutMs / 1000} s`
  return exit === 0 ? null : exit === null ? 'was killed' : `ended with exit code ${exit}`
}
