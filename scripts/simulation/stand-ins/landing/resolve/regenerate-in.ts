/** No file is made again by a command. */
import type * as real from '../../../../../src/landing/resolve/regenerate-in.ts'

export * from '../../../../../src/landing/resolve/regenerate-in.ts'

export const regenerateIn: typeof real.regenerateIn = () => () =>
  Promise.resolve({ kind: 'failed', why: 'nothing is run in a simulation' })
