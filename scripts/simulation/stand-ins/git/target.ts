/** Moving the target: it waits while a person has edits in the way. */
import type * as real from '../../../../src/git/target.ts'
import { world } from '../../world/world.ts'
import { casRef } from './refs.ts'

export * from '../../../../src/git/target.ts'

const IN_THE_WAY = { reason: 'edits are in the way', paths: ['notes.txt'] }

export const whatHoldsUp: typeof real.whatHoldsUp = () => world().looking(() => (world().isDirty ? IN_THE_WAY : null))

export const moveTarget: typeof real.moveTarget = async (repo, branch, before, after) => {
  if (await world().looking(() => world().isDirty)) return { kind: 'pending', ...IN_THE_WAY }
  const isOurs = await casRef(repo, `refs/heads/${branch}`, after, before, '')
  return isOurs ? { kind: 'moved', checkoutMs: 0 } : { kind: 'raced' }
}
