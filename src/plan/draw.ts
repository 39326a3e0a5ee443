/** The graph of a plan as text for a drawing program. Arrows go the way the work goes: from a dependency onwards. */
import type { Workstream } from '../model/workstream.ts'

export type GraphFormat = 'mermaid' | 'dot'

type Drawn = Pick<Workstream, 'id' | 'dependsOn'>

/** The whole text, with a line end. Dependencies outside the plan are left out. */
export function drawGraph(workstreams: readonly Drawn[], format: GraphFormat): string {
  return format === 'mermaid' ? mermaid(workstreams) : dot(workstreams)
}

/** Nodes get names of their own: an id may hold dots and hyphens, or be a word of the language, like `end`. */
function mermaid(workstreams: readonly Drawn[]): string {
  const names = new Map(workstreams.map(({ id }, index) => [id, `n${index}`]))
  const nodes = workstreams.map(({ id }) => `  ${names.get(id)}["${id}"]`)
  const edges = edgesOf(workstreams).map(([from, to]) => `  ${names.get(from)} --> ${names.get(to)}`)
  return ['graph LR', ...nodes, ...edges, ''].join('\n')
}

function dot(workstreams: readonly Drawn[]): string {
  const nodes = workstreams.map(({ id }) => `  "${id}"`)
  const edges = edgesOf(workstreams).map(([from, to]) => `  "${from}" -> "${to}"`)
  return ['digraph plan {', '  rankdir=LR', '  node [shape=box]', ...nodes, ...edges, '}', ''].join('\n')
}

function edgesOf(workstreams: readonly Drawn[]): [string, string][] {
  const known = new Set(workstreams.map(({ id }) => id))
  return workstreams.flatMap(({ id, dependsOn }) =>
    dependsOn.filter((on) => known.has(on)).map((on): [string, string] => [on, id]),
  )
}
