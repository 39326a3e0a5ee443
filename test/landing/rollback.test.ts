import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planRollback, type RollbackInput } from '../../src/landing/rollback.ts'
import { inEffect, standings } from '../../src/landing/standing.ts'
import { ancestorsOf } from '../../src/model/graph.ts'
import type { RollbackPlan, RollbackRequest } from '../../src/model/rollback.ts'
import { acyclicGraph } from '../model/graphs.ts'
import { type Happened, land, past, person, revert } from './past.ts'

const node = (id: string, ...dependsOn: string[]): RollbackInput['workstreams'][number] => ({
  id,
  title: `Title of ${id}`,
  dependsOn,
})

/** `b` depends on `a`, `c` on `b`; `x` on nothing. */
const NODES = [node('a'), node('b', 'a'), node('c', 'b'), node('x')]

/** What each test changes of it: everything landed in the order of the plan, a person's commit before `x`. */
const ALL = [land('a', 'r-1'), land('b', 'r-2'), land('c', 'r-3'), person('p'), land('x', 's-1')]

function plan(
  request: RollbackRequest,
  happened: readonly Happened[] = ALL,
  more: Partial<RollbackInput> = {},
): RollbackPlan {
  const history = past(...happened)
  return planRollback({ history, unpublished: new Set(), workstreams: NODES, request, cascade: false, ...more })
}

const undone = ({ undo }: RollbackPlan): string[] => undo.map(({ workstream }) => workstream)
const messages = ({ problems }: RollbackPlan): string[] => problems.map(({ message }) => message)

describe('a rollback of workstreams', () => {
  it('takes back what nothing depends on, and keeps what came later', () => {
    expect(plan({ ids: ['c'] })).toEqual({
      undo: [
        {
          action: 'take-back',
          dependents: [],
          workstream: 'c',
          title: 'Title of c',
          landing: 'r-3',
          commit: 'commit-r-3',
          reverts: 'r-3',
          at: 2000,
          published: true,
          asked: true,
        },
      ],
      method: { kind: 'revert' },
      kept: [
        { commit: 'commit-s-1', kind: 'landing', workstream: 'x', landing: 's-1' },
        { commit: 'p', kind: 'person', workstream: null, landing: null },
      ],
      problems: [],
    })
  })

  it('goes newest first, whatever order it was asked in', () => {
    const both = plan({ ids: ['b', 'x', 'c', 'b'] })
    expect(undone(both)).toEqual(['x', 'c', 'b'])
    expect(both.problems).toEqual([])
  })

  it('is refused with the list while something that has landed depends on it, directly or not', () => {
    const refused = plan({ ids: ['a'] })
    expect(undone(refused)).toEqual(['a'])
    expect(refused.undo[0]).toMatchObject({ dependents: ['b', 'c'] })
    expect(refused.problems).toMatchObject([
      {
        code: 'E103',
        message: 'a cannot be taken back alone, these depend on it: b, c',
        fix: 'name these too, or add --cascade',
        details: { workstream: 'a', dependents: ['b', 'c'] },
      },
    ])
    expect(messages(plan({ ids: ['a', 'c'] }))).toEqual(['a cannot be taken back alone, these depend on it: b'])
    expect(messages(plan({ ids: ['a', 'b', 'c'] }))).toEqual([])
  })

  it('takes them along when that is wanted', () => {
    const all = plan({ ids: ['a'] }, ALL, { cascade: true })
    expect(all.undo.map(({ workstream, asked }) => [workstream, asked])).toEqual([
      ['c', false],
      ['b', false],
      ['a', true],
    ])
    expect(all.problems).toEqual([])
  })

  it('does not ask about what has not landed, or was taken back before', () => {
    expect(plan({ ids: ['a'] }, [land('a', 'r-1')]).problems).toEqual([])
    expect(plan({ ids: ['b'] }, [...ALL, revert('r-3', 'c1')]).problems).toEqual([])
    // Through one that was done without: c still stands on what a brought.
    expect(messages(plan({ ids: ['a'] }, [land('a', 'r-1'), land('c', 'r-3')]))).toEqual([
      'a cannot be taken back alone, these depend on it: c',
    ])
  })

  it('says what is wrong with an id, and still shows the others', () => {
    const some = plan({ ids: ['c', 'xx', 'nothing'] })
    expect(undone(some)).toEqual(['c'])
    expect(some.problems).toMatchObject([
      { message: 'there is no workstream xx', fix: 'did you mean x?' },
      { message: 'there is no workstream nothing', fix: 'sluice status' },
    ])
    expect(messages(plan({ ids: ['x'] }, [land('a', 'r-1')]))).toEqual(['x has not landed: there is nothing to undo'])
    // Landed by an earlier plan: known by the history alone.
    expect(plan({ ids: ['old'] }, [land('old', 'q-1')])).toMatchObject({ undo: [{ title: '' }], problems: [] })
  })
})

describe('a rollback of a rollback', () => {
  const BACK = [land('a', 'r-1'), land('b', 'r-2'), revert('r-2', 'c1'), revert('r-1', 'c2')]

  it('reverts the revert', () => {
    const brought = plan({ ids: ['a'] }, [...BACK, person('p')])
    expect(brought.undo).toMatchObject([
      { action: 'bring-back', needs: [], workstream: 'a', landing: 'r-1', commit: 'c2', reverts: 'c2' },
    ])
    expect(brought).toMatchObject({ problems: [], kept: [{ kind: 'person' }] })
  })

  it('needs what it depends on, and brings that too when that is wanted, newest first', () => {
    const alone = plan({ ids: ['b'] }, BACK)
    expect(alone.problems).toMatchObject([
      { message: 'b cannot be brought back alone, it depends on what was taken back: a', details: { needs: ['a'] } },
    ])
    const both = plan({ ids: ['b'] }, BACK, { cascade: true })
    expect(both.problems).toEqual([])
    expect(both.undo.map(({ commit, asked }) => [commit, asked])).toEqual([
      ['c2', false],
      ['c1', true],
    ])
  })

  it('may be rolled back again: each time it is the newest revert that goes', () => {
    const twice = [...BACK, revert('c2', 'c3')]
    expect(plan({ ids: ['a'] }, twice).undo).toMatchObject([{ action: 'take-back', commit: 'c3', reverts: 'c3' }])
    expect(plan({ ids: ['a'] }, [...twice, revert('c3', 'c4')]).undo).toMatchObject([
      { action: 'bring-back', commit: 'c4', reverts: 'c4' },
    ])
  })

  it('means the newer landing of what landed again', () => {
    const again = [...BACK, land('a', 'r-3')]
    expect(plan({ ids: ['a'] }, again).undo).toMatchObject([{ action: 'take-back', landing: 'r-3', reverts: 'r-3' }])
    expect(plan({ ids: ['a'] }, [...again, revert('r-3', 'c5')]).undo).toMatchObject([
      { action: 'bring-back', landing: 'r-3', commit: 'c5' },
    ])
  })

  it('cannot go both ways at once', () => {
    const mixed = [land('a', 'r-1'), land('b', 'r-2'), revert('r-2', 'c1')]
    for (const cascade of [false, true]) {
      const { problems } = plan({ ids: ['a', 'b'] }, mixed, { cascade })
      expect(problems.map(({ fix }) => fix)).toEqual(['ask for one of them only', 'ask for one of them only'])
    }
  })
})

describe('a rollback to a landing', () => {
  it('keeps that landing and what people committed since, and undoes everything that landed after it', () => {
    const to = plan({ to: 'r-1' })
    expect(undone(to)).toEqual(['x', 'c', 'b'])
    expect(to.kept).toMatchObject([{ commit: 'p', kind: 'person' }])
    expect(to).toMatchObject({ problems: [], method: { kind: 'revert' } })
  })

  it('leaves alone what is taken back already, and earlier rollbacks', () => {
    const to = plan({ to: 'r-1' }, [...ALL, revert('s-1', 'c1'), revert('r-3', 'c2')])
    expect(undone(to)).toEqual(['b'])
    expect(to.kept.map(({ kind }) => kind)).toEqual(['revert', 'revert', 'landing', 'person', 'landing'])
  })

  it.each([
    ['s-1', 'nothing has landed after s-1', 'sluice status'],
    ['r-33', 'there is no landing r-33 on the target', 'did you mean r-3?'],
    ['x', 'there is no landing x on the target', 'did you mean s-1?'],
    [
      'elsewhere',
      'there is no landing elsewhere on the target',
      'it is the value of `Sluice-Landing` in a commit of the target',
    ],
  ])('to %s is refused', (to, message, fix) => {
    expect(plan({ to })).toEqual({
      undo: [],
      method: { kind: 'revert' },
      kept: [],
      problems: [{ code: 'E103', message, fix }],
    })
  })

  it('that was taken back itself is refused', () => {
    const { undo, problems } = plan({ to: 'r-2' }, [...ALL, revert('r-2', 'c1')])
    expect(undo).toEqual([])
    expect(problems).toMatchObject([
      { message: 'landing r-2 was taken back, so it cannot be kept', fix: 'sluice rollback b' },
    ])
  })
})

describe('a rollback of a run', () => {
  it('undoes what that run has landed and no other', () => {
    expect(undone(plan({ run: 'r' }))).toEqual(['c', 'b', 'a'])
    expect(undone(plan({ run: 's' }))).toEqual(['x'])
    expect(plan({ run: 'r' }).problems).toEqual([])
  })

  it('is refused when another run has landed what depends on it, or when there is nothing to undo', () => {
    const more = [land('a', 'r-1'), land('b', 's-1')]
    expect(messages(plan({ run: 'r' }, more))).toEqual(['a cannot be taken back alone, these depend on it: b'])
    expect(messages(plan({ run: 'r-1' }))).toEqual(['nothing on the target was landed by run r-1'])
    expect(messages(plan({ run: 'r' }, [land('a', 'r-1'), revert('r-1', 'c1')]))).toEqual([
      'everything that run r landed is taken back already',
    ])
  })
})

describe('a reset', () => {
  const unpublished = (...commits: string[]): Partial<RollbackInput> => ({ unpublished: new Set(commits) })

  it('needs that all of it is unpublished and nothing newer stays', () => {
    const some = unpublished('commit-r-2', 'commit-r-3')
    const happened = [land('a', 'r-1'), land('x', 'r-2'), land('y', 'r-3')]
    expect(plan({ ids: ['x', 'y'] }, happened, some)).toMatchObject({
      method: { kind: 'reset', to: 'commit-r-1' },
      undo: [{ published: false }, { published: false }],
    })
    expect(plan({ ids: ['y'] }, happened, some).method).toEqual({ kind: 'reset', to: 'commit-r-2' })
    expect(plan({ ids: ['x'] }, happened, some).method).toEqual({ kind: 'revert' })
    expect(plan({ to: 'r-1' }, happened, some).method).toEqual({ kind: 'reset', to: 'commit-r-1' })
    expect(plan({ ids: ['a', 'x', 'y'] }, happened, some).method).toEqual({ kind: 'revert' })
    expect(plan({ ids: ['y'] }, happened).method).toEqual({ kind: 'revert' })
  })

  it('undoes an unpublished rollback as well', () => {
    const happened = [land('a', 'r-1'), revert('r-1', 'c1')]
    expect(plan({ ids: ['a'] }, happened, unpublished('c1')).method).toEqual({ kind: 'reset', to: 'commit-r-1' })
  })
})

describe('any sequence of landings and rollbacks', () => {
  type Act = { do: 'land' | 'rollback' | 'to' | 'run' | 'person' | 'publish'; at: number; cascade: boolean }
  const act: fc.Arbitrary<Act> = fc.record({
    do: fc.constantFrom('land', 'land', 'rollback', 'rollback', 'to', 'run', 'person', 'publish'),
    at: fc.nat({ max: 30 }),
    cascade: fc.boolean(),
  })

  it('leaves nothing on the target without what it depends on, and turns round exactly what it says', () => {
    let carriedOut = 0
    fc.assert(
      fc.property(acyclicGraph(6), fc.array(act, { minLength: 10, maxLength: 30 }), (graph, acts) => {
        const nodes = graph.map(({ id, dependsOn }) => node(id, ...dependsOn))
        let happened: Happened[] = []
        let published = 0
        const onTarget = (): Set<string> => new Set(inEffect(standings(past(...happened))).keys())
        for (const [number, { do: what, at, cascade }] of acts.entries()) {
          const stands = onTarget()
          const chosen = nodes[at % nodes.length]!
          if (what === 'publish') published = happened.length
          if (what === 'person') happened.push(person(`p${number}`))
          if (what === 'land') {
            const ready = nodes.filter(
              ({ id }) => !stands.has(id) && [...ancestorsOf(nodes, [id])].every((other) => stands.has(other)),
            )
            const next = ready[at % Math.max(1, ready.length)]
            if (next !== undefined) happened.push(land(next.id, `r${at % 2}-${number}`))
          }
          const landings = happened.flatMap((entry) => ('land' in entry ? entry.as : []))
          const requests: Partial<Record<Act['do'], RollbackRequest>> = {
            rollback: { ids: [chosen.id, nodes[(at * 7) % nodes.length]!.id] },
            to: { to: landings[at % Math.max(1, landings.length)] ?? 'none' },
            run: { run: `r${at % 2}` },
          }
          const request = requests[what]
          if (request === undefined) continue
          const history = past(...happened)
          const unpublished = new Set(history.slice(0, happened.length - published).map(({ commit }) => commit))
          const made = planRollback({ history, unpublished, workstreams: nodes, request, cascade })
          if (made.problems.length > 0) continue
          carriedOut++
          if (made.method.kind === 'reset') {
            expect(made.undo.every(({ published }) => !published)).toBe(true)
            happened = happened.slice(0, happened.length - made.undo.length)
            expect(made.method.to).toBe(past(...happened)[0]?.commit ?? 'base')
          } else {
            const reverts = made.undo.map(({ reverts }, index) => revert(reverts, `v${number}-${index}`))
            happened.push(...reverts)
          }
          const places = made.undo.map(({ commit }) => history.findIndex((entry) => entry.commit === commit))
          expect(places).toEqual(places.toSorted((a, b) => a - b))
          const turned = new Set(undone(made))
          const now = onTarget()
          for (const { id } of nodes) expect([id, now.has(id)]).toEqual([id, stands.has(id) !== turned.has(id)])
          for (const id of now) {
            for (const other of ancestorsOf(nodes, [id])) expect([id, other, now.has(other)]).toEqual([id, other, true])
          }
        }
      }),
      { numRuns: 400 },
    )
    expect(carriedOut).toBeGreaterThan(400)
  })
})
