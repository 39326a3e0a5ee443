/** Work that is kept while its tool is at it, and what counts when the rest is lost. */
import { describe, expect, it } from 'vitest'
import { runAttempt } from '../../src/attempt/attempt.ts'
import { checkpointRef, keepCheckpoints } from '../../src/attempt/checkpoints.ts'
import { readRef } from '../../src/git/refs.ts'
import { assertKind } from '../git/room.ts'
import { go, heard, type Workshop, workshop } from './room.ts'

const NEVER = new AbortController().signal
const REF = checkpointRef('a', 1)

describe('while a tool is at work', () => {
  it.each([
    ['a commit is kept as soon as it is seen', { everyMs: 1_000_000, lookMs: 5 }, 'git add one && git commit -qm one'],
    ['what is not committed is kept when its time has come', { everyMs: 20, lookMs: 5 }, 'true'],
  ])('%s', async (_, times, then) => {
    await using w = await workshop()
    const [ready, write, end] = ['ready', 'write', 'end'].map((name) => w.fifo(name))
    const kept = Promise.withResolvers<string>()
    const script = `echo > ${ready}; cat ${write}; echo one > one; ${then}; cat ${end}`
    const job = w.job(script, { checkpointed: async (commit) => kept.resolve(commit) })
    const attempt = runAttempt(job, NEVER)
    await heard(ready!)
    {
      await using keeping = keepCheckpoints(job, times)
      await go(write!)
      const commit = await kept.promise
      expect(await w.show(commit, 'one')).toBe('one')
      expect(await readRef(w.repo, REF)).toBe(commit)
      expect(keeping.problem).toBeNull()
    }
    await go(end!)
    expect(await attempt).toMatchObject({ outcome: { kind: 'ok' }, changed: ['one'] })
    expect(await readRef(w.repo, REF), 'the work itself is pinned now').toBeNull()
  })
})

describe('when the rest is lost', () => {
  /** A checkpoint as an earlier look would have pinned it. */
  async function checkpointOf(w: Workshop): Promise<string> {
    await w.at.git(['switch', '-q', '-c', 'scratch', w.base])
    await w.at.write('one', 'one\n')
    await w.at.git(['add', 'one'])
    await w.at.git(['commit', '-qm', 'so far'])
    const commit = await w.at.git(['rev-parse', 'HEAD'])
    await w.at.git(['switch', '-q', 'human'])
    await w.at.git(['update-ref', REF, commit])
    return commit
  }

  it.each([
    ['a tool that deletes its worktree', 'cd .. && rm -rf worktree && exit 1'],
    [
      'a tool that leaves a merge unfinished on a broken index',
      'echo x > ../hub.git/worktrees/worktree/MERGE_HEAD; exit 1',
    ],
  ])('%s leaves its last checkpoint to go on from', async (_, script) => {
    await using w = await workshop()
    const commit = await checkpointOf(w)
    const ended = await runAttempt(w.job(script), NEVER)
    assertKind(ended, 'settled')
    expect(ended).toMatchObject({ work: commit, changed: ['one'] })
    expect(ended.outcome.kind).not.toBe('ok')
    expect(ended.reports.join('\n')).toContain('its last checkpoint counts')
    expect(await readRef(w.repo, 'refs/sluice/wip/a/1')).toBe(commit)
  })

  it('a tool that takes its changes back has none, whatever was kept before', async () => {
    await using w = await workshop()
    await checkpointOf(w)
    expect(await runAttempt(w.job('true'), NEVER)).toMatchObject({ work: null, changed: [] })
  })
})
