/**
 * Moving to a candidate that has passed: the target branch itself, unless publishing already waits or has to begin
 * waiting now; then the pending tip. Always by compare-and-swap from the commit that the candidate was built on.
 */
import { casRef } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import type { Moved as TargetMoved } from '../git/target.ts'
import { pendingRef } from './tip.ts'

export type Moved =
  /** Somebody else has moved it meanwhile. */
  { kind: 'raced' } | { kind: 'landed'; published: boolean; checkoutMs: number }

export interface Move {
  repo: Repository
  target: string
  from: string
  to: string
  /** Landings go to the pending tip already. */
  isPending: boolean
  /** Moves the branch, with its checkout where it has one. */
  publish: (from: string, to: string) => Promise<TargetMoved>
}

export async function moveTo({ repo, target, from, to, isPending, publish }: Move): Promise<Moved> {
  if (!isPending) {
    const result = await publish(from, to)
    if (result.kind === 'moved') return { kind: 'landed', published: true, checkoutMs: result.checkoutMs }
    if (result.kind === 'raced') return { kind: 'raced' }
  }
  const swapped = await casRef(repo, pendingRef(target), to, isPending ? from : null, 'landing, to be published')
  return swapped ? { kind: 'landed', published: false, checkoutMs: 0 } : { kind: 'raced' }
}
