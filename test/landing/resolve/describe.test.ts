import { expect, it } from 'vitest'
import { describeForBrief } from '../../../src/landing/resolve/describe.ts'
import { forge } from './room.ts'

it('tells a conflict in three versions, with the diffs of the files in conflict alone', async () => {
  await using f = await forge({ 'a ü': 'one\nbase é\ntwo\n', other: 'o\n', gone: 'g\n' })
  const conflict = await f.fork(
    { 'a ü': 'one\nours\ntwo\n', other: 'changed\n', gone: null },
    { 'a ü': 'one\nwork\ntwo\n', gone: 'kept\n' },
  )
  const { files, diffs } = await describeForBrief(f.repo, conflict, conflict)
  expect(files).toEqual([
    {
      path: 'a ü',
      kind: 'content',
      lines: [{ start: 2, end: 6 }],
      hunks: [{ target: 'ours\n', base: 'base é\n', own: 'work\n' }],
    },
    { path: 'gone', kind: 'modify/delete', lines: [], hunks: [] },
  ])
  expect(diffs.target).toContain('-base é\n+ours\n')
  expect(diffs.own).toContain('-base é\n+work\n')
  expect(diffs.target).not.toContain('changed')
})
