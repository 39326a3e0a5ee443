import { describe, expect, it } from 'vitest'
import { isAncestor } from '../../src/git/repository.ts'
import { candidateRef, land, type LandingSteps, unpinCandidate } from '../../src/landing/land.ts'
import { assertKind } from '../git/room.ts'
import { GREEN, intent, names, RED, type Yard, yard } from './room.ts'

describe('a landing', () => {
  it('that is green moves the target to exactly the commit that was gated', async () => {
    await using y = await yard()
    const work = await y.work({ 'a.txt': 'a\n' })
    const result = await y.land('a', work)
    assertKind(result, 'landed')
    expect(y.gated).toEqual([result.commit])
    expect(await y.tip()).toBe(result.commit)
    expect(await y.at.git(['log', '-1', '--format=%P%n%an <%ae>%n%ct', result.commit])).toBe(
      `${y.base} ${work}\nLander <lander@example.org>\n1800000000`,
    )
    expect(result).toMatchObject({
      published: true,
      at: 1_800_000_000_000,
      landing: { stage: 'moved', onto: y.base, published: true, gate: [GREEN] },
    })
    expect(result.landing.overheadMs).toBeGreaterThanOrEqual(0)
    expect(await y.landed()).toEqual(['a'])
    expect(y.journal.map(({ stage }) => stage)).toEqual(['intent', 'built', 'gated'])
    expect(y.told).toEqual(['landing.intent', 'landing.built', 'landing.gated'])
  })

  it('pins its candidate before the gate sees it', async () => {
    await using y = await yard()
    const pins: string[] = []
    await y.land('a', await y.work({ 'a.txt': 'a\n' }), {
      async gate(commit, tree, onto) {
        pins.push(await y.at.git(['rev-parse', candidateRef('a')]))
        expect(pins).toEqual([commit])
        expect(tree).toBe(await y.at.git(['rev-parse', `${commit}^{tree}`]))
        expect(onto).toBe(y.base)
        return { results: [GREEN], outsideMs: 0 }
      },
    })
    expect(pins).toHaveLength(1)
    await unpinCandidate(y.repo, 'a')
    await unpinCandidate(y.repo, 'a')
    expect(await y.at.exit(['rev-parse', '-q', '--verify', candidateRef('a')])).toBe(1)
  })

  it('builds the same commit from the same intent', async () => {
    await using y = await yard()
    const work = await y.work({ 'a.txt': 'a\n' })
    const red = { gate: async () => ({ results: [RED], outsideMs: 0 }) }
    const [one, two] = [await y.land('a', work, red), await y.land('a', work, red)]
    expect(one.landing.commit).toMatch(/^[0-9a-f]{40}$/)
    expect(two.landing.commit).toBe(one.landing.commit)
  })

  it('that is red leaves the target where it was', async () => {
    await using y = await yard()
    const result = await y.land('a', await y.work({ 'a.txt': 'a\n' }), {
      gate: async () => ({ results: [GREEN, RED], outsideMs: 0 }),
    })
    expect(result).toMatchObject({ kind: 'red', results: [GREEN, RED], landing: { stage: 'built' } })
    expect(await y.tip()).toBe(y.base)
  })

  it('of a target that was moved meanwhile is built and gated again, on top of that', async () => {
    await using y = await yard()
    let pushed = ''
    const result = await y.land('a', await y.work({ 'a.txt': 'a\n' }), {
      async gate(commit) {
        if (pushed === '') pushed = await y.push({ 'human.txt': 'h\n' })
        y.gated.push(commit)
        return { results: [GREEN], outsideMs: 0 }
      },
    })
    assertKind(result, 'landed')
    expect(y.gated).toHaveLength(2)
    expect(result.commit).toBe(y.gated[1])
    expect(await y.at.git(['rev-parse', `${result.commit}^1`])).toBe(pushed)
    expect(await y.landed()).toEqual(['a'])
    expect(y.told.filter((type) => type === 'landing.rebuilt')).toHaveLength(1)
  })

  it('gives up after a bound when somebody is always faster, and lands nothing', async () => {
    await using y = await yard()
    let pushes = 0
    const result = await y.land('a', await y.work({ 'a.txt': 'a\n' }), {
      move: () => Promise.resolve({ kind: 'raced' }),
      async gate() {
        pushes += 1
        return { results: [GREEN], outsideMs: 0 }
      },
    })
    expect(result.kind).toBe('raced')
    expect(pushes).toBe(20)
    expect(await y.tip()).toBe(y.base)
  })

  it('that conflicts says where, and who had changed it', async () => {
    await using y = await yard({ files: { 'a.txt': '1\n2\n3\n', 'b.txt': 'b\n', 'c.txt': 'c\n' } })
    const first = await y.land('a', await y.work({ 'a.txt': '1\nfirst\n3\n', 'b.txt': 'first\n' }))
    assertKind(first, 'landed')
    const work = await y.work({ 'a.txt': '1\nsecond\n3\n', 'b.txt': null, 'c.txt': 'fine\n' })
    const other = { workstream: 'a', commit: first.commit, at: 1 }
    const result = await y.land('b', work, { authorOf: async (path) => (path === 'a.txt' ? other : null) })
    assertKind(result, 'conflict')
    expect(result.conflict).toMatchObject({
      workstream: 'b',
      attempt: 1,
      onto: first.commit,
      work,
      ref: 'refs/sluice/wip/b/1',
    })
    expect(result.conflict.files).toEqual([
      { path: 'a.txt', kind: 'content', lines: [{ start: 2, end: 6 }], other },
      { path: 'b.txt', kind: 'modify/delete', lines: [], other: null },
    ])
    expect(await y.tip()).toBe(first.commit)
    expect(y.gated).toEqual([first.commit])
  })

  it('of work that the target contains is an empty commit, once', async () => {
    await using y = await yard()
    const work = await y.push({ 'a.txt': 'by hand\n' })
    const result = await y.land('a', work)
    assertKind(result, 'landed')
    expect(await y.at.git(['diff', '--stat', work, result.commit])).toBe('')
    expect(await y.landed()).toEqual(['a'])
  })

  it('does not begin when it is told to stop, and passes on what its gate threw', async () => {
    await using y = await yard()
    const start = intent('a', await y.work({ 'a.txt': 'a\n' }))
    await expect(land(y.steps(), start, names(start), AbortSignal.abort('end'))).rejects.toBe('end')
    expect(y.journal).toEqual([])
    const gate = (): Promise<never> => Promise.reject(new Error('gate slot lost'))
    await expect(y.land('a', start.work, { gate })).rejects.toThrow('gate slot lost')
    expect(await y.tip()).toBe(y.base)
  })
})

/** The steps of a landing, and after how many of them the orchestrator is killed; `isDone`: the step took effect. */
interface Kill {
  step: number
  isDone: boolean
}

class Killed extends Error {}

/** Steps that count and die. Nothing after the kill has any effect, as in a process that is gone. */
function mortal(y: Yard, { step, isDone }: Kill): Partial<LandingSteps> {
  const whole = y.steps()
  let count = 0
  const or = async <T>(effect: () => Promise<T>): Promise<T> => {
    count += 1
    if (count > step || (count === step && !isDone)) throw new Killed()
    const result = await effect()
    if (count === step) throw new Killed()
    return result
  }
  return {
    record: (change) => or(() => whole.record(change)),
    gate: (...args) => or(() => whole.gate(...args)),
    move: (...args) => or(() => whole.move(...args)),
  }
}

const KILLS: Kill[] = [1, 2, 3, 4, 5].flatMap((step) => [
  { step, isDone: false },
  { step, isDone: true },
])

describe('a landing that was killed', () => {
  it.each(KILLS)('at step $step (done: $isDone) lands once, and only what was gated', async (kill) => {
    await using y = await yard()
    const start = intent('a', await y.work({ 'a.txt': 'a\n' }))
    await expect(land(y.steps(mortal(y, kill)), start, names(start), new AbortController().signal)).rejects.toThrow(
      Killed,
    )
    // The next one: the target's history is the truth, the journal says which commit to look for.
    const journaled = y.journal.at(-1) ?? start
    const isThere = journaled.commit !== null && (await isAncestor(y.repo, journaled.commit, await y.tip()))
    expect(isThere).toBe(kill.step === 5 && kill.isDone)
    if (!isThere) assertKind(await land(y.steps(), journaled, names(start), new AbortController().signal), 'landed')
    expect(await y.landed()).toEqual(['a'])
    expect(y.gated).toContain(await y.tip())
    expect(await y.at.git(['rev-list', '--count', '--first-parent', 'main'])).toBe('2')
  })
})

describe('while the target cannot be moved', () => {
  it('landings go on beside it, each on top of the last, and do not touch the checkout', async () => {
    await using y = await yard({ isFree: false })
    await y.at.write('README.md', 'edited\n')
    const [a, b] = [await y.work({ 'README.md': 'landed\n' }), await y.work({ 'b.txt': 'b\n' })]
    const first = await y.land('a', a)
    assertKind(first, 'landed')
    expect(first.published).toBe(false)
    const second = await y.land('b', b)
    assertKind(second, 'landed')
    expect(second).toMatchObject({ published: false, landing: { onto: first.commit } })
    expect(await y.tip()).toBe(y.base)
    expect(await y.at.read('README.md')).toBe('edited\n')
    expect(await y.landed('refs/sluice/target/main')).toEqual(['a', 'b'])
    await y.at.git(['checkout', '-q', '--', 'README.md'])
    expect(await y.steps().move(y.base, second.commit)).toMatchObject({ kind: 'moved' })
    expect(await y.landed()).toEqual(['a', 'b'])
    expect(await y.at.git(['status', '--porcelain'])).toBe('')
  })

  it('a landing waits when the target has moved on by itself', async () => {
    await using y = await yard()
    const pending: Partial<LandingSteps> = { move: async () => ({ kind: 'pending', reason: 'edited', paths: [] }) }
    const first = await y.land('a', await y.work({ 'a.txt': 'a\n' }), pending)
    assertKind(first, 'landed')
    await y.push({ 'human.txt': 'h\n' })
    const second = await y.land('b', await y.work({ 'b.txt': 'b\n' }), pending)
    expect(second.kind).toBe('diverged')
    expect(await y.landed()).toEqual([])
  })
})
