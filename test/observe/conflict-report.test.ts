/** A conflict as people read it: in a terminal, in the report and in the log; nothing foreign acts in any of them. */
import { describe, expect, it } from 'vitest'
import type { Conflict, ConflictFile } from '../../src/model/landing.ts'
import type { Tried } from '../../src/model/rung.ts'
import { conflictMarkdown } from '../../src/observe/conflict-markdown.ts'
import { conflictLog, conflictText, conflictTexts } from '../../src/observe/conflict-text.ts'
import { blockedDependents } from '../../src/observe/dependents.ts'
import { viewsOfRows } from '../../src/observe/status.ts'
import { AT, commitId, sampleConflict, sampleRow } from '../store/sample.ts'

const tried: Tried[] = [
  { rung: 'rerere', how: 'no match' },
  { rung: 'tool', tool: 'claude', how: 'tests failed 2/31', cutOff: false },
]

const file: ConflictFile = {
  path: 'src/api/user.ts',
  kind: 'content',
  lines: [{ start: 41, end: 45 }],
  other: null,
  commits: {
    target: [{ commit: commitId('e'), subject: 'Raise the limit', author: 'Ada', at: AT }],
    work: [{ commit: commitId('b'), subject: 'Read the | limit', author: 'Bob', at: AT }],
  },
  hunks: [
    {
      base: { start: 41, lines: ['const limit = 10'], cut: 0 },
      target: { start: 43, lines: ['const limit = 20', '```'], cut: 3 },
      work: { start: 41, lines: [], cut: 0 },
    },
    {
      base: { start: 80, lines: ['\tmore\r'], cut: 0 },
      target: null,
      work: { start: 90, lines: ['\u001b[2Jgone\u202e'], cut: 0 },
    },
  ],
  hunksCut: 2,
}

const conflict: Conflict = sampleConflict('ws-09', { base: commitId('f'), tried, files: [file] })

describe('a conflict in full', () => {
  it('says in a terminal who else, what was tried, what is safe and what comes next', () => {
    expect(conflictText(conflict, ['ws-10']).slice(0, 5)).toEqual([
      'E402 merge conflict in ws-09 (attempt 2)',
      '  src/api/user.ts:41-45  also changed on the target (eeeeeeeee Raise the limit)',
      '  tried   rerere (no match), claude (tests failed 2/31)',
      '  safe    work kept at refs/sluice/wip/ws-09/2 (bbbbbbbbb); the queue goes on without it',
      '  blocks  ws-10',
    ])
  })

  it('shows what each side has, under its own line numbers', () => {
    expect(conflictTexts(conflict)).toEqual([
      'src/api/user.ts',
      '  base     41 | const limit = 10',
      '  target   43 | const limit = 20',
      '           44 | ```',
      '              | (and 3 lines more)',
      '  work     41 | (nothing)',
      '',
      '  base     80 |     more',
      '  target    - | (no such file)',
      String.raw`  work     90 | gone\u202e`,
      '  and 2 places more: sluice report',
    ])
  })

  it('is a section of the report, with commits and texts of every file', () => {
    const text = conflictMarkdown(conflict, ['ws-10', 'ws-11']).join('\n')
    expect(text).toContain('Both sides began at `fffffffff`. It blocks ws-10, ws-11.')
    expect(text).toContain('Tried: rerere (no match), claude (tests failed 2/31).')
    expect(text.slice(text.indexOf('#### '))).toBe(`#### \`src/api/user.ts\`

- target: \`eeeeeeeee\` Raise the limit (Ada)
- work: \`bbbbbbbbb\` Read the \\| limit (Bob)

\`\`\`\`text
base     41 | const limit = 10
target   43 | const limit = 20
         44 | \`\`\`
            | (and 3 lines more)
work     41 | (nothing)

base     80 |     more
target    - | (no such file)
work     90 | gone\\u202e
\`\`\`\`

And 2 places more.
`)
  })

  it('is one line of the log, to be searched by key', () => {
    const odd = { ...file, path: 'a\nERROR b.ts', other: { workstream: 'ws-16', commit: commitId('d'), at: AT } }
    expect(conflictLog({ ...conflict, files: [odd, file] })).toBe(
      `E402 conflict attempt=2 onto=${commitId('a')} work=${commitId('b')} ref=refs/sluice/wip/ws-09/2 with=ws-16 ` +
        String.raw`tried=rerere,tool files=2 paths=a\nERROR b.ts:41-45, src/api/user.ts:41-45`,
    )
  })

  it('of an older record, which lacks the texts, still reads well', () => {
    expect(conflictTexts(sampleConflict('ws-09'))).toEqual([])
  })
})

describe('what a conflict blocks', () => {
  const inConflict = {
    state: 'conflict',
    attempt: 1,
    work: commitId('b'),
    failure: { code: 'E402', message: 'c' },
    since: AT,
  } as const

  it('is what depends on it, directly or not, and cannot go on; nothing once it has landed', () => {
    const rest = [
      sampleRow('b', { state: 'open' }, { dependsOn: ['a'] }),
      sampleRow('c', { state: 'open' }, { dependsOn: ['b'] }),
      sampleRow('d', { state: 'discarded', satisfied: false }, { dependsOn: ['a'] }),
      sampleRow('e'),
    ]
    const blockedBy = (first: Parameters<typeof sampleRow>[1]): string[] => {
      const rows = [sampleRow('a', first), ...rest]
      return blockedDependents(rows, viewsOfRows(rows), 'a')
    }
    expect(blockedBy(inConflict)).toEqual(['b', 'c'])
    expect(blockedBy({ state: 'queued', attempt: 2, work: commitId('b'), queuedAt: AT })).toEqual([])
  })
})
