/** Plans of any shape, for properties of the scheduler. */
import fc from 'fast-check'
import type { WorkstreamState } from '../../src/model/state.ts'
import { type Item, MANUAL } from '../../src/schedule/decide.ts'
import { acyclicGraph } from '../model/graphs.ts'
import { item } from './world.ts'

const TOOLS = [['aider'], ['aider', 'claude'], ['aider', 'claude', 'codex'], ['aider', MANUAL], [MANUAL], []]

const fieldsOf = fc.record({
  priority: fc.constantFrom(0, 0, 0, 5),
  track: fc.constantFrom(null, 'core', 'web'),
  selected: fc.constantFrom(true, true, true, false),
  tools: fc.constantFrom(...TOOLS),
  attemptsMax: fc.integer({ min: 1, max: 4 }),
  tail: fc.nat({ max: 4 }),
  speculates: fc.boolean(),
  // Anything: in circles, itself, along the dependencies and against them.
  yieldsTo: fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
})

/** Plans of up to twelve with all that an item may say; `stateOf` gives the state to begin with. */
export const plans = (states: readonly WorkstreamState[]): fc.Arbitrary<Item[]> =>
  acyclicGraph(12).chain((nodes) =>
    fc
      .array(fc.tuple(fieldsOf, fc.constantFrom(...states)), { minLength: nodes.length, maxLength: nodes.length })
      .map((list) =>
        nodes.map(({ id, dependsOn }, i) => {
          const [fields, state] = list[i]!
          const yieldsTo = fields.yieldsTo.map((n) => nodes[n % nodes.length]!.id)
          return item(id, { dependsOn, ...fields, yieldsTo, state })
        }),
      ),
  )
