/** `landing.approve`: what an entry binds, and what cannot be one. */
import { describe, expect, it } from 'vitest'
import { approvalDiagnostics, approvalProblem, approvalRule } from '../../src/plan/approval.ts'
import { parseConfig } from '../../src/plan/config.ts'
import { workstream } from '../kit/workstream.ts'

const plan = [
  workstream('ws-01', { track: 'core', filesScope: ['src/a.ts'], gate: 1 }),
  workstream('ws-02', { track: 'core', filesCreate: ['docs/x.md'], dependsOn: ['ws-01'], gate: 3 }),
  workstream('ws-03', { track: 'gui', filesScope: ['gui/'], dependsOn: ['ws-02'], gate: 3.5 }),
  workstream('other'),
]

const bound = (entry: string, changed: readonly string[] = []): string[] =>
  plan.flatMap(({ id }) => (approvalRule([entry], { workstream: id, changed }, plan) === null ? [] : [id]))

describe('an entry binds', () => {
  it.each([
    ['ws-02', ['ws-02']],
    ['WS-02', ['ws-02']],
    ['ws-*', ['ws-01', 'ws-02', 'ws-03']],
    ['ws-0{1,3}', ['ws-01', 'ws-03']],
    ['ws-01, other', ['ws-01', 'other']],
    ['+ws-02', ['ws-01', 'ws-02']],
    ['ws-02+', ['ws-02', 'ws-03']],
    ['track:core', ['ws-01', 'ws-02']],
    ['track:core+', ['ws-01', 'ws-02', 'ws-03']],
    ['file:src/**', ['ws-01']],
    ['file:docs', ['ws-02']],
    ['gate=3', ['ws-02']],
    ['gate>=3', ['ws-02', 'ws-03']],
    ['gate > 3', ['ws-03']],
    ['gate<3', ['ws-01']],
    ['gate<=3', ['ws-01', 'ws-02']],
    ['gate=3.5', ['ws-03']],
    // Nobody is bound by what the plan does not have.
    ['ws-20', []],
    ['track:none', []],
    ['gate>9', []],
  ])('%s: %j', (entry, expected) => {
    expect(bound(entry)).toEqual(expected)
  })

  it('path: whoever has changed such a path, whatever the scope says', () => {
    const all = plan.map(({ id }) => id)
    expect(bound('path:src/api/**', ['README.md', 'src/api/user/get.ts'])).toEqual(all)
    expect(bound('path:src/api', ['src/api/user.ts'])).toEqual(all)
    expect(bound('path:*.{sql,lock}', ['deps.lock'])).toEqual(all)
    expect(bound('path:src/api/**', ['src/apis.ts', 'docs/src/api/x'])).toEqual([])
    expect(bound('path:**', [])).toEqual([])
  })

  it('and is named as the reason, the first one that binds', () => {
    const work = { workstream: 'ws-02', changed: ['package.json'] }
    expect(approvalRule(['other', 'ws-01,gate>=3', 'path:package.json'], work, plan)).toBe('gate>=3')
    expect(approvalRule([], work, plan)).toBe(null)
  })
})

describe('an entry that cannot mean anything is refused', () => {
  it.each([
    [' , ', /names nothing/, /gate>=3/],
    ['gates>=3', /does not compare a gate/, /did you mean `gate>=3`/],
    ['gate=>3', /does not compare a gate/, /did you mean `gate>=3`/],
    ['gate!=3', /does not compare a gate/, /did you mean `gate>=3`/],
    ['gate>=high', /does not compare a gate/, /did you mean `gate>=3`/],
    ['gate:3', /does not compare a gate/, /did you mean `gate=3`/],
    ['trak:core', /goes by trak/, /did you mean `track:core`/],
    ['paths:src/**', /goes by paths/, /did you mean `path:src\/\*\*`/],
    ['owner:ada', /goes by owner/, /track:core/],
    [':x', /goes by nothing/, /track:core/],
    ['state:queued', /goes by a state/, /track:core/],
    ['track:', /names nothing/, /track:core/],
    ['path:../x', /leads out of the repository/, /without \.\./],
    ['src/api/**', /is a path/, /did you mean `path:src\/api\/\*\*`/],
    ['+gate>=3', /has a \+/, /write gate>=3/],
    ['path:src+', /has a \+/, /write path:src/],
    ['ws 22', /names no workstream/, /ID, a glob/],
    ['ws-22.lock', /must not end in \.lock/, /ID, a glob/],
    ['ws-$*', /no id has such characters/, /ID, a glob/],
    ['ok, bad id', /names no workstream/, /ID, a glob/],
  ])('%s', (entry, problem, fix) => {
    expect(approvalProblem(entry)).toEqual({
      problem: expect.stringMatching(problem),
      fix: expect.stringMatching(fix),
    })
  })

  it('when sluice.yaml is read, with its place', async () => {
    const text = 'landing:\n  approve:\n    - ws-22\n    - gates>=3\n    - trak:core\n'
    const reading = await parseConfig(text, 'sluice.yaml')
    expect(reading).toMatchObject({
      diagnostics: [
        {
          code: 'E103',
          severity: 'error',
          line: 4,
          column: 7,
          message: expect.stringContaining('`landing.approve[1]`'),
        },
        { code: 'E103', severity: 'error', line: 5, column: 7, fix: 'did you mean `track:core`?' },
      ],
    })
    expect(await parseConfig('landing: { approve: gate=>3 }\n', 'sluice.yaml')).toMatchObject({
      diagnostics: [
        { line: 1, column: 21, message: '`landing.approve`: "gate=>3" does not compare a gate with a number' },
      ],
    })
    expect(await parseConfig('landing: { approve: "gate>=3" }\n', 'sluice.yaml')).toHaveProperty('config')
  })
})

describe('once the plan is known', () => {
  const found = (...entries: string[]) =>
    approvalDiagnostics(entries, plan, 'sluice.yaml').map(({ severity, message, fix }) => [severity, message, fix])

  it('an id that it does not have is an error: somebody else would land unseen', () => {
    expect(found('ws-1', 'ws-02', '+ghost')).toEqual([
      ['error', '`landing.approve` names ws-1, and the plan has no such workstream', 'did you mean "ws-01"?'],
      ['error', expect.stringContaining('names +ghost'), 'correct it, or take it out of sluice.yaml'],
    ])
  })

  it('a glob, a track or a scope that nobody has yet is a warning, and a gate or a path is neither', () => {
    expect(found('new-*', 'track:none', 'file:nowhere').map(([severity]) => severity)).toEqual([
      'warning',
      'warning',
      'warning',
    ])
    expect(found('gate>=9', 'path:nowhere/**', 'ws-*')).toEqual([])
  })
})
