/** What the target has of ours that its remote is not known to have. Asks no remote. */
import { firstParentTrailers, type Landed } from '../git/history.ts'
import { remoteRef } from '../git/push.ts'
import { readRef } from '../git/refs.ts'
import { isAncestor, type Repository } from '../git/repository.ts'

/** Landings and reverts on the target (short name), newest first; null when the branch is gone. */
export async function unpushed(
  repo: Pick<Repository, 'gitDir'>,
  remote: string,
  target: string,
): Promise<Landed[] | null> {
  const tip = await readRef(repo, `refs/heads/${target}`)
  if (tip === null) return null
  const [ours, users] = await Promise.all([
    readRef(repo, remoteRef({ branch: target })),
    // It follows when the user has pushed by himself.
    readRef(repo, `refs/remotes/${remote}/${target}`),
  ])
  const isOlder = ours !== null && users !== null && (await isAncestor(repo, ours, users))
  const known = ours === null || isOlder ? users : ours
  const entries = await firstParentTrailers(repo, tip, known)
  return entries.filter(({ landing, reverts }) => landing !== null || reverts.length > 0)
}
