/** Is there enough of this machine: programs, disk, memory, open files? */
import { DISK_BYTES_MIN } from '../../model/machine.ts'
import { fail, ok, warn, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'

/** The release that brought `merge-tree --write-tree`. */
const GIT_MIN = [2, 38] as const

/** What the sources are written for: `node:sqlite`, `using`, types that are stripped. */
const NODE_MAJOR_MIN = 24

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** One checkout with dependencies is commonly half a gigabyte, and three agents and two gates is the default. */
const DISK_BYTES_GOOD = 2 * GIB

/** Peak of the largest tool that was measured (facts: 512 MB); its tests come on top. */
const SEAT_BYTES = 512 * MIB

/** A handful per seat for logs and watches, and git's packs; common limits are 1024 and up. */
const OPEN_FILES_GOOD = 512

export function checkGit({ gitVersion }: Facts): Check {
  if (gitVersion === null) return fail('git', 'E106', 'git is not on this machine', 'install git 2.38 or newer')
  const [major = 0, minor = 0] = gitVersion.split('.').map(Number)
  const isNew = major > GIT_MIN[0] || (major === GIT_MIN[0] && minor >= GIT_MIN[1])
  if (isNew) return ok('git', `git ${gitVersion}`)
  const message = `git ${gitVersion} cannot merge in memory (that came with ${GIT_MIN.join('.')})`
  return fail('git', 'E106', message, 'install a newer git')
}

export function checkNode({ nodeVersion }: Facts): Check {
  if (Number(nodeVersion.split('.')[0]) >= NODE_MAJOR_MIN) return ok('node', `Node ${nodeVersion}`)
  return fail('node', 'E106', `Node ${nodeVersion} is too old`, `run under Node ${NODE_MAJOR_MIN} or newer`)
}

export function checkPrograms({ missingPrograms }: Facts): Check {
  if (missingPrograms.length === 0) return ok('programs', 'what supervision needs is there')
  const message = `missing: ${missingPrograms.join(', ')}`
  return fail('programs', 'E106', message, 'install a POSIX shell and procps (ps)')
}

export function checkDisk({ disks }: Facts): Check {
  const least = disks.toSorted((a, b) => a.freeBytes - b.freeBytes)[0]
  if (least === undefined) return ok('disk', 'nothing to look at yet')
  const message = `${bytesText(least.freeBytes)} free for ${least.what} (${least.path})`
  if (least.freeBytes >= DISK_BYTES_GOOD) return ok('disk', message)
  const fix = 'free some, or move the slots: paths.work in sluice.yaml'
  return least.freeBytes < DISK_BYTES_MIN ? fail('disk', 'E302', message, fix) : warn('disk', 'E302', message, fix)
}

export function checkMemory({ memory, seats }: Facts): Check {
  const message = `${bytesText(memory.available)} of ${bytesText(memory.total)} available for ${seats} agents`
  if (memory.available >= seats * SEAT_BYTES) return ok('memory', message)
  const fit = Math.max(1, Math.floor(memory.available / SEAT_BYTES))
  return warn('memory', 'E301', message, `fewer at once: sluice run --agents ${fit}`)
}

export function checkOpenFiles({ openFilesMax }: Facts): Check {
  if (openFilesMax === null) return ok('open-files', 'the limit is not told on this system')
  const message = `at most ${openFilesMax === Infinity ? 'unlimited' : openFilesMax} open files`
  if (openFilesMax >= OPEN_FILES_GOOD) return ok('open-files', message)
  return warn('open-files', 'E105', message, `ulimit -n ${2 * OPEN_FILES_GOOD}`)
}

/** `12 kB`, `3 MB`, `1.2 GB`: as much as somebody wants to know. */
export function bytesText(bytes: number): string {
  if (bytes < MIB) return `${Math.ceil(bytes / 1024)} kB`
  return bytes < GIB ? `${Math.floor(bytes / MIB)} MB` : `${(bytes / GIB).toFixed(1)} GB`
}
