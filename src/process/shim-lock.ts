/**
 * Does the shim of an attempt live? Its lock answers, which dies with it and with nothing else: flock where the shim is the
 * shell's, a lock of SQLite where it is Node's. So a shim is never called dead because somebody failed to look.
 *
 * Not promised where the file system of `.sluice/` has no locks or only pretends to (some of networks).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { attemptFolder, type ShimKind } from './attempt-folder.ts'
import { isAlive, type ProcessIdentity } from './identity.ts'
import { isHeld, lockFile } from './lock.ts'
import { requireProgram } from './program.ts'
import { namesNonce, processRow } from './table.ts'

/**
 * Is this very process the shim of the attempt, and at work? It holds the lock, which it took before it wrote `run.json`
 * and lets go of by ending. Of the shell's that is known without asking flock, which would be a process each time: fifty are
 * taken up in no time.
 */
export async function hasShim(
  dir: string,
  identity: ProcessIdentity,
  { nonce, kind }: { nonce: string; kind: ShimKind },
): Promise<boolean> {
  if (!isAlive(identity)) return false
  if (kind === 'node') return await isHeld(attemptFolder(dir).lock)
  const row = processRow(identity.pid)
  return row !== null && namesNonce(row, nonce)
}

/** Has a shim that was there ended meanwhile? Asked now and then, so it starts no process. */
export async function isShimGone(dir: string, identity: ProcessIdentity, kind: ShimKind): Promise<boolean> {
  return kind === 'node' ? !(await isHeld(attemptFolder(dir).lock)) : !isAlive(identity)
}

/** True when the lock was free: then the attempt is void now, in the same step, so that no late shim can start. */
export async function voidUnlessHeld(dir: string, kind: ShimKind): Promise<boolean> {
  const folder = attemptFolder(dir)
  if (kind === 'node') {
    const lock = lockFile(folder.lock, { waitMs: 0 })
    if (lock === null) return false
    writeFileSync(folder.void, '')
    lock.release()
    return true
  }
  const argv = ['-n', '-E', '9', folder.lock, requireProgram('touch', 'coreutils'), folder.void]
  // Both are named by their paths; of our environment, keys among it, they need nothing.
  const child = spawn(requireProgram('flock', 'util-linux'), argv, { env: {}, stdio: 'ignore' })
  const [code]: unknown[] = await once(child, 'exit')
  if (code !== 0 && code !== 9) throw new Error(`flock ${folder.lock} ended with ${String(code)}`)
  return code === 0
}
