/** Worktrees that were opened for a person, as the commands see them: what is in one is handed in, then it goes. */
import { landingPerson, readUserIdentity } from '../git/identity.ts'
import type { Person } from '../git/merge.ts'
import { openedRef, readOpened, takeOpened } from '../git/open-work.ts'
import { deleteRef } from '../git/refs.ts'
import { openSlotAt, removeSlot } from '../git/slot.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import type { Session } from './session.ts'

export interface Handed {
  /** Pinned. */
  work: string
  /** The folder that it was made in. */
  path: string
  /** Removes folder and pin: what was handed in is pinned as the work of an attempt. */
  remove: () => Promise<void>
}

/** Who a person's work in an opened worktree is written as. */
export async function personOf({ repo }: Pick<Session, 'repo'>): Promise<Person> {
  return landingPerson(await readUserIdentity(repo))
}

/** Takes over what was made in the worktree of a workstream; null when none is open. Throws E204, E205 with the way on. */
export async function handOver(session: Session, id: string): Promise<Handed | null> {
  const { repo, paths } = session
  const slot = openSlotAt(paths.work, id)
  const opened = await readOpened(slot)
  if (opened === null) return null
  const path = slot.worktree
  const author = await personOf(session)
  const order = { workstream: id, author, dateSeconds: Math.floor(Date.now() / 1000) }
  const taken = await takeOpened(repo, slot, opened, order)
  if (taken.kind === 'empty') {
    const fix = `change something there, or name a commit: sluice submit ${id} --ref REF`
    throw new SluiceError({ code: 'E205', message: `nothing was changed in ${path}`, fix }, EXIT.failed)
  }
  if (taken.kind === 'refused') {
    const isUnfinished = taken.reason === 'unfinished'
    const fix = isUnfinished
      ? `cd ${path}, \`git status\` shows what is left: git add, then git commit`
      : `mend it in ${path}, then again`
    const message = `what is in ${path} cannot be taken: ${taken.message}`
    throw new SluiceError({ code: 'E204', message, fix, details: { paths: taken.paths } }, EXIT.failed)
  }
  return {
    work: taken.tip,
    path,
    remove: async () => {
      await removeSlot(repo, slot)
      await deleteRef(repo, openedRef(id), taken.tip)
    },
  }
}
