/** Markers that a merge has left in a text. */
import type * as real from '../../../../src/git/markers.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/markers.ts'

export const conflictLines: typeof real.conflictLines = () => world().looking(() => [{ start: 1, end: 3 }])

export const leftoverMarkers: typeof real.leftoverMarkers = (_, base, tip) =>
  world().looking(() => {
    const { commits } = world()
    return commits.changed(base, tip).filter((path) => commits.tree(tip).get(path)?.includes('<<<<<<< ') ?? false)
  })
