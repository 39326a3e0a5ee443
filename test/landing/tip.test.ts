import { describe, expect, it } from 'vitest'
import { readRef } from '../../src/git/refs.ts'
import { abandonPending, pendingRef, readTip } from '../../src/landing/tip.ts'
import { yard } from './room.ts'

const PENDING = pendingRef('main')

describe('where landings go', () => {
  it('is the target', async () => {
    await using y = await yard()
    expect(await readTip(y.repo, 'main')).toEqual({ kind: 'published', commit: y.base })
  })

  it('is the pending tip while there is one ahead of it', async () => {
    await using y = await yard()
    const ahead = await y.work({ 'a.txt': 'a\n' })
    await y.at.git(['update-ref', PENDING, ahead])
    expect(await readTip(y.repo, 'main')).toEqual({ kind: 'pending', commit: ahead, published: y.base })
  })

  it('is the target again once that has what was pending, and the pending tip is dropped', async () => {
    await using y = await yard()
    const ahead = await y.work({ 'a.txt': 'a\n' })
    await y.at.git(['update-ref', PENDING, ahead])
    await y.at.git(['update-ref', 'refs/heads/main', ahead])
    const after = await y.push({ 'b.txt': 'b\n' })
    expect(await readTip(y.repo, 'main', { tidy: false })).toEqual({ kind: 'published', commit: after })
    expect(await readRef(y.repo, PENDING)).toBe(ahead)
    expect(await readTip(y.repo, 'main')).toEqual({ kind: 'published', commit: after })
    expect(await readRef(y.repo, PENDING)).toBe(null)
  })

  it('is nowhere when the two have gone apart; giving up keeps the commits', async () => {
    await using y = await yard()
    const ahead = await y.work({ 'a.txt': 'a\n' })
    await y.at.git(['update-ref', PENDING, ahead])
    const published = await y.push({ 'b.txt': 'b\n' })
    expect(await readTip(y.repo, 'main')).toEqual({ kind: 'diverged', published, pending: ahead })
    await abandonPending(y.repo, 'main', ahead)
    await abandonPending(y.repo, 'main', ahead)
    expect(await readTip(y.repo, 'main')).toEqual({ kind: 'published', commit: published })
    expect(await readRef(y.repo, `refs/sluice/abandoned/${ahead}`)).toBe(ahead)
  })

  it('says so when the target has disappeared, and is not confused by a branch below its name', async () => {
    await using y = await yard()
    await y.at.git(['branch', '-q', '-D', 'main'])
    await y.at.git(['branch', '-q', 'main/sub'])
    await expect(readTip(y.repo, 'main')).rejects.toThrow('has disappeared')
  })
})
