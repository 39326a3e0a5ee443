/** The watch of changed files over real worktrees; when it looks is asked of it, not waited for. */
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ChangesWatch } from '../../src/coordinator/changes.ts'
import { room } from '../git/room.ts'
import { sampleAttempt } from '../store/sample.ts'

describe('the watch of changed files', () => {
  it('knows nothing before its first look, then what was changed since the attempt was seen', async () => {
    await using r = await room()
    const paths = { work: join(r.at.dir, 'work') }
    const watch = new ChangesWatch({ repo: r.repo, paths, now: () => 0 })
    const attempt = sampleAttempt('a', 1, { agent: 1, nonce: 'one' })
    expect(watch.of(attempt)).toBeNull()
    await r.write('new.txt', 'x')
    watch.advance([attempt])
    while (watch.of(attempt) === null) await turn()
    const { agesMs, observedMs } = watch.of(attempt)!
    // README.md and the new one; nothing is older than 1970.
    expect(agesMs).toHaveLength(2)
    expect(observedMs).toBeGreaterThan(0)
    // After a sleep it begins anew; an attempt that has ended is forgotten.
    watch.restart()
    expect(watch.of(attempt)).toBeNull()
    watch.advance([])
    expect(watch.of(attempt)).toBeNull()
    await watch.close()
  })

  it('ends a look that is under way when it is closed, and begins none afterwards', async () => {
    await using r = await room()
    const context = { repo: r.repo, paths: { work: join(r.at.dir, 'work') }, now: Date.now }
    const watch = new ChangesWatch(context)
    const attempt = sampleAttempt('a', 1, { agent: 1, nonce: 'one' })
    watch.advance([attempt])
    await watch.close()
    const later = sampleAttempt('b', 1, { agent: 1, nonce: 'two' })
    watch.advance([later])
    await watch.close()
    expect(watch.of(later)).toBeNull()
  })
})
