/** Nothing is learned from a landing, and so nothing is to be forgotten. */
import type * as real from '../../../../../src/landing/resolve/rerere.ts'
import { world } from '../../../world/world.ts'

export * from '../../../../../src/landing/resolve/rerere.ts'

export const learnFrom: typeof real.learnFrom = () => world().looking(() => [])

export const forget: typeof real.forget = () => world().looking(() => {})
