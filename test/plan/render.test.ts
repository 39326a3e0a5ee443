import { describe, expect, it } from 'vitest'
import { drawGraph } from '../../src/plan/draw.ts'
import { minutesText, renderPlan } from '../../src/plan/render.ts'
import { planDocument, reportOn } from '../../src/plan/report.ts'
import type { Diagnostic } from '../../src/model/diagnostic.ts'
import { workstream } from '../kit/workstream.ts'

const workstreams = [
  workstream('ws-a', {
    filesScope: ['src/'],
    estimateMinutes: 90,
    acceptance: [
      { name: 'npm test', run: 'npm test' },
      { name: 'It looks good', run: null },
    ],
  }),
  workstream('ws-b', { filesScope: ['src/b.ts'], track: 'core' }),
  workstream('ws-end', { dependsOn: ['ws-a', 'ws-b'], filesScope: ['docs'] }),
]
const report = reportOn({ workstreams, duplicateDependencies: 0, diagnostics: [] }, 2)

describe('the text', () => {
  it('shows the summary, the schedule, the overlaps and how each acceptance test was read', () => {
    const text = renderPlan(report)
    expect(text.replace(/half of such runs take.*|four out of five.*/g, '...')).toBe(
      [
        'plan      3 workstreams, 2 dependencies',
        'shape     2 roots, longest chain 2, widest level 2',
        'bound     2h with 2 agents: the critical path decides',
        '          critical path 2h, work 2h30',
        'schedule  2h as estimated; ...',
        '          ...',
        'overlaps  1 pair without an order',
        '',
        'SCHEDULE    ? is no estimate, the default counts',
        '      start      takes  agent  level  workstream',
        '         0m       1h30      1      0  ws-a',
        '         0m       30m?      2      0  ws-b',
        '       1h30       30m?      1      1  ws-end',
        '',
        'OVERLAPS    W104: both may change the same files, and nothing puts them in order',
        '  ws-a  ws-b',
        '      src/  ~  src/b.ts',
        '',
        'ACCEPTANCE  $ is executed (1), [ ] is a point for a person (1)',
        '  ws-a',
        '      $ npm test',
        '    [ ] It looks good',
        '',
      ].join('\n'),
    )
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('warns only of the overlaps that are not done in turn anyway', () => {
    const scoped = ['a', 'b', 'c'].map((id) => workstream(id, { filesScope: id === 'c' ? ['docs'] : ['src'] }))
    const of = (agents: number) => reportOn({ workstreams: scoped, duplicateDependencies: 0, diagnostics: [] }, agents)
    const text = renderPlan(of(2))
    expect(text).toContain('overlaps  1 pair without an order, done in turn\n')
    expect(text).toContain('IN TURN     these overlap too; one after the other takes no longer\n  a  before  b\n')
    expect(text).not.toContain('W104')
    expect(planDocument(of(2))).toMatchObject({
      overlaps: [{ a: 'a', b: 'b' }],
      softEdges: [{ before: 'a', after: 'b' }],
    })
    expect(renderPlan(of(3))).toContain('W104')
    expect(planDocument(of(3)).softEdges).toEqual([])
  })

  it('says of acceptance tests that are only shown that none is executed', () => {
    const shown = reportOn({ workstreams, duplicateDependencies: 0, diagnostics: [] }, 2, 'show')
    const text = renderPlan(shown)
    expect(text.slice(text.indexOf('ACCEPTANCE'))).toBe(
      [
        'ACCEPTANCE  points for a person (2); none is executed (acceptance: show)',
        '  ws-a',
        '    [ ] npm test',
        '    [ ] It looks good',
        '',
      ].join('\n'),
    )
    expect(planDocument(shown).acceptance).toBe('show')
  })

  it('promises no times for a plan that cannot be run, or that is empty', () => {
    const diagnostic: Diagnostic = {
      code: 'E103',
      severity: 'error',
      file: 'w/bad.json',
      line: 2,
      column: 3,
      workstream: null,
      message: 'no comma',
      fix: 'add it',
    }
    const broken = { workstreams, duplicateDependencies: 0, diagnostics: [diagnostic] }
    expect(renderPlan(reportOn(broken, 2))).toBe(
      [
        'plan      3 workstreams so far, and 1 error: nothing is scheduled before they are mended',
        '',
        'w/bad.json:2:3 E103 no comma',
        '    add it',
        '',
      ].join('\n'),
    )
    const empty = { workstreams: [], duplicateDependencies: 0, diagnostics: [] }
    expect(renderPlan(reportOn(empty, 2))).toBe('plan      no workstreams\n')
  })

  it('counts one of anything in the singular', () => {
    const two = [workstream('a'), workstream('b', { dependsOn: ['a'] })]
    const text = renderPlan(reportOn({ workstreams: two, duplicateDependencies: 0, diagnostics: [] }, 1))
    expect(text).toContain('plan      2 workstreams, 1 dependency\n')
  })

  it('says minutes as a person does', () => {
    expect([0, 45, 60, 125, 59.6, 1860].map(minutesText)).toEqual(['0m', '45m', '1h', '2h05', '1h', '31h'])
  })
})

describe('the document', () => {
  it('has the shape that other programs rely on', () => {
    const document = planDocument(report)
    expect(document).toMatchObject({
      schema: 'sluice.plan/1',
      summary: {
        workstreams: 3,
        dependencies: 2,
        duplicateDependencies: 0,
        roots: 2,
        longestChain: 2,
        widestLevel: 2,
        overlaps: 1,
        bound: { criticalPathMinutes: 120, workMinutes: 150, agents: 2, makespanMinutes: 120 },
      },
      workstreams: [
        {
          id: 'ws-a',
          file: 'w/ws-a.json',
          title: 'ws-a',
          dependsOn: [],
          level: 0,
          scope: ['src/'],
          estimateMinutes: 90,
          tool: null,
          track: null,
        },
        { id: 'ws-b', estimateMinutes: null, track: 'core' },
        { id: 'ws-end', dependsOn: ['ws-a', 'ws-b'], level: 1 },
      ],
      overlaps: [{ a: 'ws-a', b: 'ws-b', paths: [['src/', 'src/b.ts']] }],
      diagnostics: [],
      schedule: {
        agents: 2,
        makespanMinutes: 120,
        eta: { p50: expect.any(Number), p80: expect.any(Number) },
        order: [
          { workstream: 'ws-a', agent: 1, startMinute: 0, endMinute: 90 },
          { workstream: 'ws-b', agent: 2, startMinute: 0, endMinute: 30 },
          { workstream: 'ws-end', agent: 1, startMinute: 90, endMinute: 120 },
        ],
      },
    })
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})

describe('the graph', () => {
  it('mermaid', () => {
    expect(drawGraph(workstreams, 'mermaid')).toBe(
      'graph LR\n  n0["ws-a"]\n  n1["ws-b"]\n  n2["ws-end"]\n  n0 --> n2\n  n1 --> n2\n',
    )
  })

  it('dot, without what is not in the plan', () => {
    expect(drawGraph([workstream('a', { dependsOn: ['gone'] })], 'dot')).toBe(
      'digraph plan {\n  rankdir=LR\n  node [shape=box]\n  "a"\n}\n',
    )
  })
})
