import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from '../../scripts/fuzz/mutants.ts'
import { actsOf, effectOf, singleKills } from '../../scripts/fuzz/rig.ts'
import { SCENARIOS } from '../../scripts/fuzz/scenarios.ts'
import { mutated } from '../../scripts/plant.ts'

const MOMENTS = [
  'record run.started#1',
  'during git update-ref#1',
  'git update-ref#1',
  'during check#1',
  'during git merge#1',
]

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../../src', file), 'utf8')

describe('planted bugs', () => {
  it.each(MUTANTS)('$name: what it replaces is still there', ({ edits, scenario }) => {
    const texts = mutated(edits, read)
    for (const [file, text] of texts) expect(text).not.toBe(read(file))
    expect(SCENARIOS.map(({ name }) => name)).toContain(scenario)
  })

  it('are refused when the text has gone, or is not the only one', () => {
    const edit = { file: 'a.ts', from: 'if (gate)', to: 'if (true)' }
    expect(() => mutated([edit], () => 'nothing of it')).toThrow('src/a.ts has 0 times: if (gate)')
    expect(() => mutated([edit], () => 'if (gate) if (gate)')).toThrow('src/a.ts has 2 times')
  })

  it('of one file are planted one after the other', () => {
    const edits = ['one', 'two'].map((from) => ({ file: 'a.ts', from, to: from.toUpperCase() }))
    expect([...mutated(edits, () => 'one two')]).toEqual([['a.ts', 'ONE TWO']])
  })
})

describe('cases', () => {
  it('kill at every moment, or where the scenario says', () => {
    const stops = MOMENTS.map((moment) => [moment])
    expect(singleKills({ kills: null }, [MOMENTS]).map((one) => one.stops)).toEqual(stops)
    const merges = [0, 1].map((step) => ({ step, stops: ['during git merge#1'], act: null }))
    expect(singleKills({ kills: /git merge#/ }, [MOMENTS, MOMENTS])).toEqual(merges)
  })

  it('let people act before each effect that is worth it', () => {
    const groups = SCENARIOS.find(({ name }) => name === 'groups')!
    const cases = actsOf(groups, [[...MOMENTS, 'check#1', 'move the target#1']])
    expect(cases.map(({ act }) => `${act!.act.name} before ${act!.act.on.join('|')} ${act!.at}`)).toEqual([
      'a push before move the target 1',
      'a push before git update-ref|check 1',
      'a push before git update-ref|check 2',
      'gc --prune=now before check 1',
    ])
  })

  it('know what is done at a moment', () => {
    expect(MOMENTS.slice(0, 2).map(effectOf)).toEqual(['record run.started', 'during git update-ref'])
  })
})
