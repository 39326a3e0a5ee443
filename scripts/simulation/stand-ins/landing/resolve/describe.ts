/** Nobody reads what a brief shows of a conflict. */
import type * as real from '../../../../../src/landing/resolve/describe.ts'
import { world } from '../../../world/world.ts'

export * from '../../../../../src/landing/resolve/describe.ts'

export const describeForBrief: typeof real.describeForBrief = () =>
  world().looking(() => ({ files: [], diffs: { target: '', own: '' } }))
