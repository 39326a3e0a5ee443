/** `resolve --rebase`: whether work in conflict goes onto the target as that is now, and as which commit. */
import { mergeBase } from '../git/ancestry.ts'
import { rebaseWork } from '../git/rebase.ts'
import { deleteRef, setRef } from '../git/refs.ts'
import { commitOf, readTip } from '../landing/tip.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import { neutralise } from '../observe/neutralise.ts'
import { listed } from '../observe/units.ts'
import type { Store } from '../store/store.ts'
import { personOf } from './opened.ts'
import type { Session } from './session.ts'

export interface RebasedWork {
  /** Pinned. */
  work: string
  /** Removes the pin. */
  remove: () => Promise<void>
}

/** Throws E402 with the conflict when it does not go; nothing is changed then. */
export async function rebaseConflict(
  session: Session,
  { store, run, target, id }: { store: Store; run: string; target: string; id: string },
): Promise<RebasedWork> {
  const { repo } = session
  const { state } = (await store.workstreams(run)).find((row) => row.id === id)!
  if (state.state !== 'conflict') {
    const failure = { code: 'E103', message: `${id} is ${state.state}, not in conflict`, fix: 'sluice status' } as const
    throw new SluiceError(failure, EXIT.failed)
  }
  const { work, attempt: number } = state
  const onto = commitOf(await readTip(repo, target, { tidy: false }))
  const attempt = (await store.attempts(run)).find((one) => one.workstream === id && one.number === number)
  // An attempt that stood behind its target is recorded with that one.
  const base = (await mergeBase(repo, attempt?.base ?? onto, work)) ?? work
  const rebased = await rebaseWork(repo, {
    work,
    base,
    onto,
    committer: await personOf(session),
    dateSeconds: Math.floor(Date.now() / 1000),
    message: `Bring ${id} onto ${target}\n`,
  })
  if (rebased.kind === 'conflict') {
    const paths = rebased.files.map(({ path }) => path)
    const message = `${id} still conflicts with ${target}: ${listed(paths.map(neutralise), 3)}`
    const fix = `sluice open ${id}, and settle it by hand`
    throw new SluiceError({ code: 'E402', message, fix, details: { paths } }, EXIT.needsHuman)
  }
  const ref = `refs/sluice/rebased/${id}`
  await setRef(repo, ref, rebased.commit, 'sluice: rebased')
  return {
    work: rebased.commit,
    remove: async () => void (await deleteRef(repo, ref, rebased.commit)),
  }
}
