/** The edges of a plan: resolved against its ids, each once, and without circles. */
import type { Diagnostic } from '../model/diagnostic.ts'
import { topology } from '../model/graph.ts'
import { didYouMean, foldId } from '../model/id.ts'
import type { Workstream } from '../model/workstream.ts'
import type { Path, Position } from './read/document.ts'
import type { Draft } from './workstream.ts'

/** A draft and the way back into its file. */
export interface PlacedDraft extends Draft {
  positionOf: (path: Path, of: 'key' | 'value') => Position
}

/** Comparing a name with every id costs; after this many unknown names one has seen the point. */
const HINTS_MAX = 50

/** Circles reported in one go; they share no workstream, so each needs a change of its own. */
const CYCLES_MAX = 10

export interface Resolved {
  workstreams: Workstream[]
  /** Entries that say again what another entry of the same workstream said. */
  duplicateDependencies: number
  diagnostics: Diagnostic[]
}

/**
 * Resolves the dependencies of drafts with distinct ids. Ids are compared case-folded and come out as they were
 * declared. `unreadable` are files that could not be read: an unknown dependency may be in one of them.
 */
export function resolveDependencies(drafts: readonly PlacedDraft[], unreadable: readonly string[]): Resolved {
  const declared = new Map(drafts.map(({ workstream }) => [foldId(workstream.id), workstream.id]))
  const diagnostics: Diagnostic[] = []
  const workstreams: Workstream[] = []
  let duplicateDependencies = 0
  let hints = 0
  for (const draft of drafts) {
    const { id, file } = draft.workstream
    const seen = new Set<string>()
    const at = (path: Path): Pick<Diagnostic, 'file' | 'line' | 'column' | 'workstream'> => ({
      file,
      ...draft.positionOf(path, 'value'),
      workstream: id,
    })
    for (const { on, path } of draft.dependencies) {
      const known = declared.get(foldId(on))
      const dependency = known ?? on
      if (seen.has(dependency)) {
        duplicateDependencies++
        const message = `${id} names the dependency ${dependency} twice`
        diagnostics.push({ code: 'E103', severity: 'warning', ...at(path), message, fix: 'delete one of the entries' })
        continue
      }
      seen.add(dependency)
      if (known !== undefined) continue
      const meant = hints++ < HINTS_MAX ? didYouMean(on, declared.values()) : null
      diagnostics.push({
        code: 'E102',
        severity: 'error',
        ...at(path),
        message: `${id} depends on ${on}, which is not in the plan`,
        fix: unknownFix(meant, unreadable),
      })
    }
    workstreams.push({ ...draft.workstream, dependsOn: [...seen] })
  }
  return { workstreams, duplicateDependencies, diagnostics: [...diagnostics, ...cyclesOf(drafts, workstreams)] }
}

function unknownFix(meant: string | null, unreadable: readonly string[]): string {
  const first = unreadable.length > 0 ? `correct ${unreadable.slice(0, 3).join(', ')} first: it may be there` : null
  if (meant !== null) return `did you mean "${meant}"?${first === null ? '' : ` Or ${first}`}`
  if (first !== null) return `${first}; else delete the entry`
  return 'add that workstream, or delete the entry'
}

function cyclesOf(drafts: readonly PlacedDraft[], workstreams: readonly Workstream[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const draftOf = new Map(drafts.map((draft) => [draft.workstream.id, draft]))
  let rest = workstreams
  while (diagnostics.length < CYCLES_MAX) {
    const { order, cycle } = topology(rest)
    if (cycle === null) break
    const edges = cycle.slice(0, -1).map((id, index) => edgeOf(draftOf.get(id)!, cycle[index + 1]!))
    const [first] = edges
    diagnostics.push({
      code: 'E101',
      severity: 'error',
      file: first!.file,
      line: first!.line,
      column: first!.column,
      workstream: cycle[0]!,
      message: `dependency cycle: ${cycle.join(' -> ')}`,
      fix: `delete one of: ${edges.map((edge) => `${edge.from} -> ${edge.to} (${edge.file}:${edge.line})`).join(', ')}`,
    })
    const gone = new Set([...order, ...cycle])
    rest = rest.filter(({ id }) => !gone.has(id))
  }
  return diagnostics
}

function edgeOf(draft: PlacedDraft, to: string): { from: string; to: string; file: string } & Position {
  const entry = draft.dependencies.find(({ on }) => foldId(on) === foldId(to))!
  return { from: draft.workstream.id, to, file: draft.workstream.file, ...draft.positionOf(entry.path, 'value') }
}
