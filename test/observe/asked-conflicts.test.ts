import { describe, expect, it } from 'vitest'
import { type Asked, conflictsDocument, conflictsText } from '../../src/observe/asked-conflicts.ts'
import { PLAIN } from '../../src/observe/style.ts'
import { commitId } from '../store/sample.ts'

const clean = { kind: 'clean' } as const
const found = (fields: Partial<Asked> = {}): Asked => ({
  run: '7f3a',
  target: { branch: 'main', commit: commitId('a') },
  workstreams: [
    { id: 'ws-1', state: 'queued', attempt: 1, work: commitId('1'), onTarget: clean },
    { id: 'ws-2', state: 'running', attempt: 3, work: commitId('2'), onTarget: { kind: 'unrelated' } },
  ],
  pairs: [{ a: 'ws-1', b: 'ws-2', ...clean }],
  withoutWork: [],
  ...fields,
})

describe('plan --conflicts', () => {
  it('says that nothing is in flight, and why not what was named', () => {
    const withoutWork = [{ id: 'ws-9', state: 'landed' } as const]
    expect(conflictsText(found({ workstreams: [], pairs: [], withoutWork }), PLAIN)).toEqual([
      'ws-9 is landed: it has no work in flight',
      'nothing is in flight: there is no work that could conflict',
    ])
  })

  it('shows each onto the target, and the pairs that would conflict', () => {
    const files = [
      { path: 'src/a.ts', kind: 'content' },
      { path: 'new\nline', kind: 'add/add' },
    ]
    expect(conflictsText(found({ pairs: [{ a: 'ws-1', b: 'ws-2', kind: 'conflict', files }] }), PLAIN)).toEqual([
      'WORKSTREAM  STATE     WORK       ONTO main',
      'ws-1        queued    111111111  clean',
      'ws-2        running   222222222  no common history',
      '',
      'ONE         OTHER       TOGETHER',
      String.raw`ws-1        ws-2        conflict in src/a.ts, new\nline (add/add)`,
      '',
      '1 pair, and none merges cleanly.',
      'Of such a pair the first to land goes in as it is, and the other has the conflict (E402).',
    ])
    expect(conflictsText(found(), PLAIN).at(-1)).toBe(
      'The two merge with each other without a conflict, in either order.',
    )
  })

  it('is a document', () => {
    expect(conflictsDocument(found())).toMatchObject({
      schema: 'sluice.conflicts/1',
      workstreams: [{ id: 'ws-1', verdict: 'clean', files: [] }, { verdict: 'unrelated' }],
      pairs: [{ a: 'ws-1', b: 'ws-2', verdict: 'clean', files: [] }],
    })
  })
})
