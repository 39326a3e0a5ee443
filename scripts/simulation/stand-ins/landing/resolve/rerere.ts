/** Nothing is learned from a landing, and so nothing is to be forgotten. */
import type * as real from '../../../../../src/landing/resolve/rerere.ts'
import { world } from '../../../world/world.ts'

export * from '../../../../../src/landing/resolve/rerere.ts'

export const haveMerges: typeof real.haveMerges = (_, tips, base) =>
  world().looking(() => {
    const { commits } = world()
    return tips.some((tip) => commits.since(tip, base).some((commit) => commits.get(commit).parents.length > 1))
  })

export const learnFrom: typeof real.learnFrom = () => world().looking(() => [])

export const forget: typeof real.forget = () => world().looking(() => {})
