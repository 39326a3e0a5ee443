/**
 * Cleaning: pins first, then everything aside by one rename each, then a look whether all that was done still stands, and
 * only then it is deleted. A kill at any moment leaves either what was there, or a quarantine that the next clean deletes.
 *
 * Only under the repository's lock: no run is at work, and none begins meanwhile.
 */
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { deleteRef, setRef } from '../../git/refs.ts'
import { removeTree } from '../../git/remove-tree.ts'
import type { Repository } from '../../git/repository.ts'
import { SluiceError } from '../../model/failure.ts'
import { QUARANTINE } from './facts.ts'
import { lostPins, type Pin } from './pins.ts'
import type { Waste } from './waste.ts'

/** Takes the waste away. `stamp` names its quarantine. Throws E605, with nothing deleted, when a pin does not hold. */
export async function clean(
  { repo, work }: { repo: Repository; work: string },
  waste: readonly Waste[],
  pins: readonly Pin[],
  stamp: string,
): Promise<void> {
  await holdPins(repo, pins)
  const aside = join(work, QUARANTINE, stamp)
  await mkdir(aside, { recursive: true })
  for (const one of waste) {
    if (one.what === 'slot') await rename(one.path, join(aside, one.name))
    if (one.what === 'branch') await deleteRef(repo, `refs/heads/${one.name}`, one.commit)
  }
  const lost = await lostPins(repo, pins)
  if (lost.length > 0) {
    throw new SluiceError({
      code: 'E605',
      message: `${lost[0]!.ref} does not hold ${lost[0]!.commit}; nothing was deleted`,
      fix: `what was set aside is in ${aside}`,
      details: { lost },
    })
  }
  for (const one of waste) {
    if (one.what === 'slot') await deleteRef(repo, `refs/sluice/base/${one.name}`)
    if (one.what === 'temporary') await rm(one.path, { recursive: true, force: true })
    if (one.what === 'quarantine' && basename(one.path) !== stamp) await removeTree(one.path)
  }
  await removeTree(join(work, QUARANTINE))
}

/** Puts pins back that somebody has removed while their commits are still there. */
async function holdPins(repo: Repository, pins: readonly Pin[]): Promise<void> {
  for (const { ref, commit } of await lostPins(repo, pins))
    await setRef(repo, ref, commit, 'sluice: pinned before cleaning')
}
