/** Refs of the simulated repository: each moves in one moment, or not at all. */
import type * as real from '../../../../src/git/refs.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/refs.ts'

const at = (ref: string): string | null => world().refs.get(ref) ?? null

export const readRef: typeof real.readRef = (_, ref) => world().looking(() => at(ref))

export const listRefs: typeof real.listRefs = (_, ...prefixes) =>
  world().looking(() =>
    [...world().refs]
      .filter(([ref]) => prefixes.some((prefix) => ref.startsWith(`${prefix}/`)))
      .map(([ref, object]) => ({ ref, object }))
      .sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  )

export const casRef: typeof real.casRef = (_, ref, after, before) =>
  world().doing(`move ${ref}`, () => {
    if (at(ref) === after) return true
    if (at(ref) !== before) return false
    world().setRef(ref, after)
    return true
  })

export const setRef: typeof real.setRef = (_, ref, to) => world().doing(`set ${ref}`, () => world().setRef(ref, to))

export const setRefs: typeof real.setRefs = (_, refs) =>
  world().doing('set refs', () => {
    for (const { ref, to } of refs) world().setRef(ref, to)
  })

export const deleteRefs: typeof real.deleteRefs = (_, refs) =>
  world().doing('delete refs', () => {
    if (refs.some(({ ref, before }) => at(ref) !== before)) return false
    for (const { ref } of refs) world().setRef(ref, null)
    return true
  })

export const deleteRef: typeof real.deleteRef = (_, ref, before) =>
  world().doing(`delete ${ref}`, () => {
    if (before !== undefined && at(ref) !== null && at(ref) !== before) return false
    world().setRef(ref, null)
    return true
  })
