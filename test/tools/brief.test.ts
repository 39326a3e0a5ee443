import { describe, expect, it } from 'vitest'
import { renderBrief } from '../../src/tools/brief.ts'
import type { BriefInput } from '../../src/tools/brief.ts'
import { sampleTask } from './stage.ts'

const input = (more: Partial<BriefInput> = {}): BriefInput => ({
  workstream: sampleTask({ tasks: ['Move the parser', 'Delete the old one'] }),
  attempt: 1,
  baseNote: null,
  note: null,
  dependencies: [],
  rivals: [],
  earlier: [],
  checks: [],
  acceptance: 'run',
  ...more,
})

describe('renderBrief', () => {
  it('does not say of acceptance tests that are only shown that they are run', () => {
    const acceptance = [
      { name: 'parser', run: 'npm test -- parse' },
      { name: 'make lint', run: 'make lint' },
      { name: 'No caller is left', run: null },
    ]
    const shown = input({ workstream: sampleTask({ acceptance }), checks: ['npm test'], acceptance: 'show' })
    const brief = renderBrief(shown)
    expect(brief.slice(brief.indexOf('## Done when'))).toBe(`## Done when

- [ ] parser: \`npm test -- parse\`
- [ ] make lint
- [ ] No caller is left

These commands pass, on a clean checkout of your work merged with everybody else's:

- \`npm test\`
`)
  })

  it('holds everything about a first attempt', () => {
    const brief = renderBrief(
      input({
        workstream: sampleTask({
          tasks: ['Move the parser', 'Delete\nthe old one'],
          description: 'Keep the tests.',
          filesScope: ['src/parse/**'],
          filesCreate: ['src/parse/new.ts'],
          acceptance: [
            { name: 'parser', run: 'npm test -- parse' },
            { name: 'No caller is left', run: null },
          ],
        }),
        checks: ['npm test', 'npm test -- parse'],
        dependencies: [
          { id: 'ws-00', title: 'Types', paths: ['src/types.ts'], commit: '0123456789abcdef' },
          { id: 'ws-99', title: '', paths: [], commit: null },
        ],
      }),
    )
    expect(brief).toBe(`# ws-01: Split the module

The current directory is a git worktree of your own. What differs from its base when you end is your work, committed or not. Stay on this branch, do not push, and do not ask questions: nobody is there to answer.

## Tasks

1. Move the parser
2. Delete
   the old one

Keep the tests.

## Scope

Change nothing outside of this; what is changed elsewhere does not land.

- \`src/parse/**\`

To be created:

- \`src/parse/new.ts\`

## Done when

- [ ] No caller is left

These commands pass, on a clean checkout of your work merged with everybody else's:

- \`npm test -- parse\`
- \`npm test\`

## What this builds on

All of it is in your worktree.

- ws-00 (Types), commit 0123456789ab, changed \`src/types.ts\`
- ws-99 was skipped: do without it.
`)
  })

  it('tells a later attempt what was tried and how it ended', () => {
    const brief = renderBrief(
      input({
        attempt: 3,
        baseNote: 'The worktree holds the work of attempt 2.',
        note: 'Mind the BOM.',
        earlier: [
          {
            attempt: 1,
            tool: 'swift',
            ending: 'ended with exit code 1',
            evidence: 'boom',
            changed: [],
            strays: [],
            parked: [],
          },
          {
            attempt: 2,
            tool: 'careful',
            ending: 'the gate failed: npm test',
            evidence: '1 of 9 failed',
            changed: ['a.ts'],
            strays: [],
            parked: ['docs/x.md'],
          },
        ],
      }),
    )
    expect(brief).toContain('This is attempt 3. What was tried before is at the end.')
    expect(brief).toContain('The worktree holds the work of attempt 2.')
    expect(brief).toContain('Mind the BOM.')
    expect(brief).toContain('**Attempt 1 by swift**: ended with exit code 1. It changed nothing.\n\n```\nboom\n```')
    expect(brief).toContain(
      '**Attempt 2 by careful**: the gate failed: npm test. It changed `a.ts`. What it changed outside the scope was taken out: `docs/x.md`.',
    )
    expect(brief.endsWith('```\n1 of 9 failed\n```\n')).toBe(true)
  })

  it('tells what is about to land from what has landed', () => {
    const dependencies = [{ id: 'ws-00', title: 'Types', paths: ['src/types.ts'], commit: null, isAboutToLand: true }]
    expect(renderBrief(input({ dependencies }))).toContain(
      '- ws-00 (Types), which is about to land: its work is in your worktree. It changed `src/types.ts`\n',
    )
  })

  it('names what an earlier attempt left beside its work, and how to see it', () => {
    const commit = 'b'.repeat(40)
    const strays = [{ ref: 'refs/sluice/stray/ws-01/1/bbbbbbbbbbbb', commit }]
    const tried = { attempt: 1, tool: 'swift', ending: 'a merge was not finished', evidence: null, strays, parked: [] }
    const brief = (changed: string[]): string => renderBrief(input({ attempt: 2, earlier: [{ ...tried, changed }] }))
    const beside =
      'What it left is not in your worktree but kept: `refs/sluice/stray/ws-01/1/bbbbbbbbbbbb` (`git show bbbbbbbbbbbb` shows it).'
    expect(brief([])).toContain(`**Attempt 1 by swift**: a merge was not finished. ${beside}\n`)
    expect(brief(['a.ts'])).toContain(
      `a merge was not finished. It changed \`a.ts\`. ${beside.replace('What it left', 'What it left besides')}\n`,
    )
  })

  it('tells who else is changing the same lines', () => {
    const rivals = [
      { id: 'ws-07', title: 'Rename the API', paths: ['src/api.ts', 'src/a.ts'] },
      { id: 'ws-08', title: '', paths: ['README.md'] },
    ]
    expect(renderBrief(input({ attempt: 2, rivals }))).toContain(`## Also being changed

Others are changing the same lines of these files at this moment, and whoever lands second has the conflict. Do what your tasks need there and no more: no reformatting, no reordering, no renaming, new code in a place of its own.

- \`src/api.ts\`, \`src/a.ts\`, by ws-07 (Rename the API)
- \`README.md\`, by ws-08
`)
  })

  it('stays short: the end of long logs, the last two attempts, twenty paths', () => {
    const evidence = Array.from({ length: 5_000 }, (_, n) => `line ${n}`).join('\n')
    const changed = Array.from({ length: 300 }, (_, n) => `src/${n}.ts`)
    const earlier = [1, 2, 3, 4, 5].map((attempt) => ({
      attempt,
      tool: 't',
      ending: 'red',
      evidence,
      changed,
      strays: [],
      parked: [],
    }))
    const brief = renderBrief(input({ attempt: 6, earlier }))
    expect(brief.length).toBeLessThan(10_000)
    expect(brief).toContain('line 4999')
    expect(brief).toContain('and 280 more')
    expect(brief.match(/^```$/gm)).toHaveLength(4)
  })

  it('asks to settle a conflict: both intents, three versions, both diffs, the rules', () => {
    const brief = renderBrief(
      input({
        workstream: sampleTask({ tasks: ['Rename it'], filesScope: ['src/a.ts'] }),
        attempt: 2,
        conflict: {
          others: [{ id: 'ws-02', title: 'Log it', tasks: ['Log every call', 'Test\nthat'] }],
          files: [
            {
              path: 'src/a.ts',
              kind: 'content',
              lines: [{ start: 3, end: 9 }],
              hunks: [{ target: '  log(f())\n', base: '  f()\n', own: '' }],
            },
            { path: 'b.png', kind: 'binary', lines: [], hunks: [] },
          ],
          diffs: { target: '-  f()\n+  log(f())\n', own: '-  f()\n' },
        },
      }),
    )
    const section = brief.slice(brief.indexOf('## Settle'), brief.indexOf('## Tasks'))
    expect(section).toBe(`## Settle a merge conflict

The tasks below are done. What is left: this work and the target have changed the same places. Bring both together.

- Keep what both sides added: every line, or one that does what both did.
- Leave no conflict marker behind.
- Change nothing but the files in conflict.
- Do not delete, empty or skip a test.
- When a line has to go, commit, and say so in the message, one line for each file: \`Dropped: path: why\`.

### The other side

- ws-02 (Log it) has landed:
  - Log every call
  - Test
    that

### \`src/a.ts\`

Conflict: content, in lines 3-9.

\`\`\`
--- target
  log(f())
--- common base
  f()
--- this work
\`\`\`

### \`b.png\`

Conflict: binary.

### What the target has changed in these files

\`\`\`
-  f()
+  log(f())
\`\`\`

### What this work has changed in them

\`\`\`
-  f()
\`\`\`

`)
    expect(brief).toContain('1. Rename it')
    expect(brief).not.toContain('## Scope')
  })

  it('stays short about a conflict of any size', () => {
    const text = 'a line of code\n'.repeat(100)
    const hunks = Array.from({ length: 50 }, () => ({ target: text, base: text, own: text }))
    const files = Array.from({ length: 60 }, (_, n) => ({ path: `src/${n}.ts`, kind: 'content', lines: [], hunks }))
    const diffs = { target: text.repeat(100), own: text.repeat(100) }
    const brief = renderBrief(input({ conflict: { others: [], files, diffs } }))
    expect(brief.length).toBeLessThan(40_000)
    expect(brief).toContain('48 more places: see the markers in the file.')
    expect(brief).toContain('and 20 more')
    expect(brief.match(/^\.\.\. and more$/gm)).toHaveLength(2)
  })

  it('cannot be broken by backticks in a log or a path', () => {
    const left = { changed: ['we`ird'], strays: [], parked: [] }
    const earlier = [{ attempt: 1, tool: 't', ending: 'red', evidence: 'a\n```\nb', ...left }]
    const brief = renderBrief(input({ attempt: 2, earlier }))
    expect(brief).toContain('````\na\n```\nb\n````')
    expect(brief).toContain('``we`ird``')
  })

  it('falls back on the title when there are no tasks', () => {
    expect(renderBrief(input({ workstream: sampleTask() }))).toContain('## Tasks\n\nSplit the module\n')
  })
})
