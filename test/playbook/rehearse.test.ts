/** Rehearsed faults: what is foretold is what the policy of a run does, for every code, and nothing is touched. */
import { describe, expect, it } from 'vitest'
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { ENTRIES } from '../../src/playbook/codes/index.ts'
import { FAULTS } from '../../src/playbook/rehearse/fault.ts'
import { rehearse, type Rehearsal, type Stage } from '../../src/playbook/rehearse/rehearse.ts'
import { rehearsalText } from '../../src/playbook/rehearse/text.ts'
import type { Code } from '../../src/model/failure.ts'
import { planned } from '../kit/plan.ts'
import { snapshot } from '../kit/snapshot.ts'
import { workstream } from '../kit/workstream.ts'

/** `a` before `b` before `c`, and `d` beside them; an hour each but for `d`. */
function stage(order: string[] = ['aider', 'copilot'], attempts = 3): Stage {
  const defaults = withDefaults({ gate: [], limits: { attempts } })
  const config = { ...defaults, tools: { ...defaults.tools, order } }
  const [a, b, c, d] = [
    workstream('a', { estimateMinutes: 60 }),
    workstream('b', { dependsOn: ['a'], estimateMinutes: 60 }),
    workstream('c', { dependsOn: ['b'], estimateMinutes: 60 }),
    workstream('d', { estimateMinutes: 10 }),
  ]
  return { workstreams: [a, b, c, d], softEdges: [], agents: 2, config }
}

function one(code: Code, on = stage()): Rehearsal {
  return rehearse(on, [code])[0]!
}

const toolsOf = ({ always }: Rehearsal): string[] => always.steps.map(({ tool }) => tool)

describe('a rehearsal', () => {
  it('has a place for every code that has a playbook, and for no other', () => {
    expect(Object.keys(FAULTS).sort()).toEqual(ENTRIES.map(({ code }) => code).sort())
  })

  it('hits the workstream with the longest way behind it, and a second fault the next one', () => {
    expect(rehearse(stage(), ['E201', 'E205', 'E506']).map(({ workstream }) => workstream)).toEqual(['a', 'b', null])
  })

  it('of a crash: the next tool once; always, until the tries are used up, and what depends on it is blocked', () => {
    const crash = one('E201')
    expect(crash.once).toMatchObject({ tool: 'copilot', ends: 'landed', makespanMinutes: 240, exit: 0 })
    expect(toolsOf(crash)).toEqual(['aider', 'copilot', 'copilot'])
    expect(crash.always).toMatchObject({
      tool: null,
      ends: 'failed',
      blocked: ['b', 'c'],
      exit: 4,
      makespanMinutes: 180,
    })
  })

  it('of a rate limit: waits, the same tool once more, then the next; no try is spent', () => {
    const { once, always } = one('E208')
    expect(once).toMatchObject({ tool: 'aider', makespanMinutes: 180.5 })
    expect(always.steps.slice(0, 3).map(({ tool, waitMinutes }) => [tool, waitMinutes])).toEqual([
      ['aider', 0.5],
      ['aider', 0],
      ['copilot', 2],
    ])
    expect(always.steps.every(({ isSpent }) => !isSpent)).toBe(true)
  })

  it('of a tool that stands before a person: it waits for that one, exit 3', () => {
    expect(one('E107', stage(['aider', 'manual'])).always).toMatchObject({
      ends: 'waiting',
      exit: 3,
      makespanMinutes: 10,
    })
  })

  it('of a conflict, of a refusal before the run, of what mends itself', () => {
    expect(one('E402').once).toMatchObject({ ends: 'conflict', blocked: ['b', 'c'], exit: 3 })
    expect(one('E506').once).toMatchObject({ ends: 'refused', exit: 5 })
    expect(one('E403').once).toMatchObject({ ends: 'landed', exit: 0, makespanMinutes: 180 })
  })

  it('comes to an end for every code, and says for each where to read on', () => {
    const codes = ENTRIES.map(({ code }) => code)
    const text = rehearsalText(180, rehearse(stage(), codes)).join('\n')
    for (const code of codes) expect(text).toContain(`more    sluice explain ${code}`)
  })
})

describe('plan --simulate --inject', () => {
  it('touches nothing, names what it cannot rehearse, and gives data', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }] })
    const before = snapshot(repo.dir)
    const { stdout, exit } = await repo.sluice('plan', '--simulate', '--inject', 'E208,e402', '--json')
    expect(exit).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'sluice.simulation/1',
      makespanMinutes: 60,
      faults: [
        { code: 'E208', workstream: 'a', once: { exit: 0 } },
        { code: 'E402', workstream: 'b', once: { exit: 3 } },
      ],
    })
    expect((await repo.sluice('plan', '--simulate')).stdout).toContain('without faults the plan takes 1h')
    expect(await repo.sluice('plan', '--inject', 'E606')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('not raised'),
    })
    expect(snapshot(repo.dir)).toEqual(before)
  })
})
