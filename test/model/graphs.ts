/** Random graphs for properties, and plain answers about them that are slow and obviously right. */
import fc from 'fast-check'
import type { Node } from '../../src/model/graph.ts'

/** Edges may point anywhere, to oneself and to ids that do not exist too; no id twice in one list. */
export const anyGraph: fc.Arbitrary<Node[]> = fc
  .integer({ min: 0, max: 9 })
  .chain((size) =>
    fc
      .array(fc.uniqueArray(fc.integer({ min: 0, max: size }), { maxLength: 3 }), { minLength: size, maxLength: size })
      .map((lists) => lists.map((list, i) => ({ id: `n${i}`, dependsOn: list.map((j) => `n${j}`) }))),
  )

/** Without cycles, in an order of its own: a node depends on some that a hidden order puts before it. */
export function acyclicGraph(sizeMax: number): fc.Arbitrary<Node[]> {
  return fc.integer({ min: 1, max: sizeMax }).chain((size) =>
    fc
      .tuple(
        fc.array(fc.uniqueArray(fc.nat({ max: size }), { maxLength: 4 }), { minLength: size, maxLength: size }),
        fc.array(fc.nat(), { minLength: size, maxLength: size }),
      )
      .map(([lists, keys]) => {
        const nodes = lists.map((list, i) => ({
          id: `n${i}`,
          dependsOn: list.filter((j) => j < i).map((j) => `n${j}`),
        }))
        return nodes
          .map((node, i) => ({ node, key: keys[i]! }))
          .sort((a, b) => a.key - b.key)
          .map(({ node }) => node)
      }),
  )
}

/** Reachable over `dependsOn`, by Warshall: a walk of at least one step. */
export function reaches(nodes: readonly Node[]): (from: string, to: string) => boolean {
  const ids = nodes.map(({ id }) => id)
  const pairs = new Set(nodes.flatMap(({ id, dependsOn }) => dependsOn.map((other) => `${id} ${other}`)))
  for (const via of ids) {
    for (const from of ids)
      for (const to of ids) if (pairs.has(`${from} ${via}`) && pairs.has(`${via} ${to}`)) pairs.add(`${from} ${to}`)
  }
  return (from, to) => pairs.has(`${from} ${to}`)
}

/** A chain of `length` nodes, last one first: the order that is hardest for a walk that goes down by itself. */
export function chain(length: number): Node[] {
  const nodes = Array.from({ length }, (_, i) => ({ id: `n${i}`, dependsOn: i === 0 ? [] : [`n${i - 1}`] }))
  return nodes.toReversed()
}
