/**
 * Tools that workstreams ask for and will not get: the run's order is the list of what may be used. Told once for each
 * tool, whoever asks for it.
 */
import type { Diagnostic } from '../model/diagnostic.ts'
import { didYouMean } from '../model/id.ts'
import type { PlacedDraft } from './dependencies.ts'
import type { Path } from './read/document.ts'

/** Workstreams named in one message. */
const NAMED_MAX = 5

interface Wish {
  tool: string
  draft: PlacedDraft
  path: Path
}

/** A warning at the first place where each tool that is not in `order` is asked for. */
export function wishedTools(drafts: readonly PlacedDraft[], order: readonly string[]): Diagnostic[] {
  const wishes = drafts.flatMap(wishesOf).filter(({ tool }) => !order.includes(tool))
  return [...Map.groupBy(wishes, ({ tool }) => tool)].map(([tool, asked]) => {
    const { draft, path } = asked[0]!
    const ids = [...new Set(asked.map((wish) => wish.draft.workstream.id))]
    const more = ids.length - NAMED_MAX
    const who = `${ids.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
    const meant = didYouMean(tool, order)
    return {
      code: 'E106',
      severity: 'warning',
      file: draft.workstream.file,
      ...draft.positionOf(path, 'value'),
      workstream: ids[0]!,
      message: `${who} ${ids.length === 1 ? 'asks' : 'ask'} for ${tool}, which tools.order does not allow: it is ignored`,
      fix: meant === null ? `add ${tool} to tools.order in sluice.yaml, if it may be used` : `did you mean ${meant}?`,
    }
  })
}

function wishesOf(draft: PlacedDraft): Wish[] {
  const { tool, fallback } = draft.workstream
  return [
    ...(tool === null ? [] : [{ tool, draft, path: ['tool'] }]),
    ...fallback.map((name) => ({ tool: name, draft, path: ['fallback'] })),
  ]
}
