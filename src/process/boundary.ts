/**
 * Boundaries: the moments around everything that changes the world outside (a transaction, a git command that writes, a
 * file put in place or removed, a check). Each kill between two of them leaves another disk behind, and each thing that
 * somebody else does there comes as badly as it can; so whoever wants to show that neither does harm has to be able to stop
 * there. `scripts/fuzz.ts` does, from a module that is loaded before us. Otherwise nobody listens, and this costs one look.
 */
import { channel } from 'node:diagnostics_channel'

export interface Boundary {
  /** `under way`: a process was set off that may outlive us, and nobody has heard of its end. */
  at: 'before' | 'under way' | 'done'
  /** `record`, `git update-ref`, `write publish.json` ... */
  effect: string
}

/** Name of the channel that they are published on. */
export const BOUNDARIES = 'sluice:boundary'

const boundaries = channel(BOUNDARIES)

/** Changes something outside. `work` is called once, at once; its end, good or bad, is the result. */
export async function effect<T>(name: string, work: () => Promise<T>): Promise<T> {
  tell('before', name)
  const result = await work()
  tell('done', name)
  return result
}

/** The same for what is done without waiting. */
export function effectNow<T>(name: string, work: () => T): T {
  tell('before', name)
  const result = work()
  tell('done', name)
  return result
}

/** The same in a process of its own, which is set off before `work` returns. */
export async function ownProcess<T>(name: string, work: () => Promise<T>): Promise<T> {
  tell('before', name)
  const running = work()
  tell('under way', name)
  const result = await running
  tell('done', name)
  return result
}

function tell(at: Boundary['at'], name: string): void {
  if (boundaries.hasSubscribers) boundaries.publish({ at, effect: name } satisfies Boundary)
}
