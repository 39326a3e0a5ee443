/** Receipts are written and nobody reads them. */
import type * as real from '../../../../src/git/notes.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/notes.ts'

export const writeNotes: typeof real.writeNotes = (_, notes) =>
  world().doing('write notes', () => {
    for (const { commit } of notes) world().disk.write(`/notes/${commit}`, '')
  })

export const notedCommits: typeof real.notedCommits = () => world().looking(() => new Set(world().disk.names('/notes')))
