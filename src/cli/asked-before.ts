/**
 * Was this asked before, by somebody who never heard the answer? Whoever is cut off asks again. For most requests that does
 * no harm, but a rollback that is done twice brings back what it took; so a second one joins the first.
 *
 * Two are joined: one that still waits or is being carried out, and one whose answer nobody was told, as long as it is the
 * last thing that was asked for and the target is where it left it. Then nothing else can be meant.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Request, RequestBody } from '../model/run.ts'
import type { Store } from '../store/store.ts'

/** `tip`: where landings go now. */
export async function askedBefore(
  store: Pick<Store, 'openRequests' | 'newestRequest'>,
  body: RequestBody,
  tip: () => Promise<string>,
): Promise<Request | null> {
  if (body.kind !== 'rollback') return null
  const { request, cascade } = body
  const isSame = (other: Request): boolean =>
    other.body.kind === 'rollback' && other.body.cascade === cascade && isDeepStrictEqual(other.body.request, request)
  const open = (await store.openRequests()).find(isSame)
  if (open !== undefined) return open
  const newest = await store.newestRequest()
  if (newest?.body.kind !== 'rollback' || newest.isTold !== false || newest.state !== 'done' || !isSame(newest))
    return null
  const { begun } = newest.body
  return begun?.kind === 'revert' && begun.commit === (await tip()) ? newest : null
}
