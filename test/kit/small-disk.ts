/**
 * A real file system of a test's own, which the test fills and frees as events: a tmpfs whose size is set to what is
 * used on it. So filling costs no memory, and there is exactly nothing left.
 *
 * Mounting needs root, which `unshare -Urm` gives to anybody on systems with user namespaces.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Far more than `DISK_BYTES_MIN`, so that a run begins; nothing is allocated before it is written. */
const SIZE = '1g'

/** Somebody may be writing while it is filled. */
const TRIES_MAX = 50

export interface SmallDisk extends Disposable {
  path: string
  /** From now on nothing can be written, or only that much. */
  fill(leftBytes?: number): void
  /** There is room again. */
  free(): void
}

/** Makes one. Use it with `using`, and end what works on it before. */
export function smallDisk(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  mount(['-t', 'tmpfs', '-o', `size=${SIZE}`, 'sluice-test', path])
  // To a tmpfs, a size of nothing means without a limit.
  writeFileSync(join(path, 'something'), 'something')
  return {
    path,
    fill(leftBytes = 0) {
      for (let tries = 1; ; tries++) {
        const { blocks, bfree, bsize } = statfsSync(path)
        try {
          mount(['-o', `remount,size=${(blocks - bfree) * bsize + leftBytes}`, path])
        } catch (error) {
          if (tries === TRIES_MAX) throw error
        }
        if (statfsSync(path).bfree * bsize <= leftBytes) return
      }
    },
    free() {
      mount(['-o', `remount,size=${SIZE}`, path])
    },
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path])
      rmdirSync(path)
    },
  }
}

function mount(args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' })
}

/** Why tests with a small disk are skipped here, or null. */
export const NO_SMALL_DISK = ((): string | null => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', 'sluice-test', folder]).status !== 0)
      return 'needs to mount a tmpfs: as root, or under `unshare -Urm`'
    execFileSync('umount', [folder])
    return null
  } finally {
    rmdirSync(folder)
  }
})()
