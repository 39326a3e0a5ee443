/** `landing.push`: the target goes to a remote after landings, and a remote that does not take it holds nothing up. */
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planned, type PlannedRepository, type PlanOptions } from '../kit/plan.ts'

interface Pushed extends PlannedRepository {
  remote: string
  there(): Promise<string>
  /** Somebody else pushes a file. */
  elsewhere(path: string, text: string): Promise<string>
}

async function pushed(options: PlanOptions = {}): Promise<Pushed> {
  const repo = await planned({ ...options, config: { landing: { push: 'origin' }, ...options.config } })
  const remote = join(repo.dir, 'remote.git')
  await repo.git(['init', '-q', '--bare', '-b', 'main', remote])
  await repo.git(['remote', 'add', 'origin', remote])
  await repo.git(['push', '-q', '-u', 'origin', 'main'])
  return {
    ...repo,
    remote,
    there: () => repo.git(['rev-parse', 'refs/heads/main'], remote),
    async elsewhere(path, text) {
      const clone = join(repo.dir, 'clone')
      await repo.git(['clone', '-q', remote, clone])
      await repo.write(join(clone, path), text)
      const commit = await repo.commit('elsewhere', clone)
      await repo.git(['push', '-q', 'origin', 'main'], clone)
      return commit
    },
  }
}

/** A gate that is red where both files are. */
const NOT_BOTH = ['[ ! -e a.txt ] || [ ! -e b.txt ]']

describe.concurrent('landing.push', () => {
  it('brings what has landed to the remote, and says so', async () => {
    await using repo = await pushed({ workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }] })
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(0)
    const main = await repo.git(['rev-parse', 'main'])
    await run.event({ type: 'push.done', remote: 'origin', commit: main })
    expect(await repo.there()).toBe(main)
    expect(await repo.git(['status', '-sb', '--porcelain'])).toBe('## main...origin/main')
    expect((await repo.status()).needsYou).toEqual([])
  })

  it('rejected: what the remote has is merged in, gated, and pushed; nothing is landed twice', async () => {
    await using repo = await pushed({ config: { gate: ['[ -e README.md ]'] } })
    const theirs = await repo.elsewhere('theirs.txt', 'theirs\n')
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(0)
    await run.event({ type: 'push.merged', remote: 'origin', theirs })
    const main = await repo.git(['rev-parse', 'main'])
    expect(await repo.there()).toBe(main)
    expect(await repo.git(['log', '-1', '--format=%s', 'main'])).toBe('Merge origin/main')
    expect(await repo.git(['rev-parse', 'main^2'])).toBe(theirs)
    await run.event({ type: 'check.ended', kind: 'gate', commit: main, results: { 0: { exit: 0 } } })
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.git(['status', '--porcelain'])).toBe('')
    expect(await repo.read('theirs.txt')).toBe('theirs\n')
    expect(await repo.git(['for-each-ref', 'refs/sluice/pull'])).toBe('')
    // All is said and done: another run pushes nothing.
    const again = repo.start('run')
    expect((await again.ended).exit).toBe(0)
    expect(again.events.filter(({ type }) => type.startsWith('push.'))).toEqual([])
  })

  it('rejected, and red or in conflict together: the landing stands, a person is asked, and the remote is left alone', async () => {
    await using red = await pushed({ config: { gate: NOT_BOTH } })
    const theirs = await red.elsewhere('b.txt', 'theirs\n')
    const run = red.start('run')
    expect((await run.ended).exit).toBe(3)
    await run.event({ type: 'warning', failure: { code: 'W407', fix: 'git push origin main' } })
    expect(await red.landed()).toEqual(['a'])
    expect(await red.there()).toBe(theirs)
    expect((await red.status()).needsYou).toMatchObject([
      { code: 'W407', workstream: 'a', commands: ['git push origin main', 'sluice run'] },
    ])

    await using clash = await pushed()
    await clash.elsewhere('a.txt', 'theirs\n')
    const other = clash.start('run')
    expect((await other.ended).exit).toBe(3)
    const warned = await other.event({ type: 'warning', failure: { code: 'W407' } })
    expect(warned).toMatchObject({
      failure: { message: expect.stringMatching(/conflict with what has landed: a\.txt$/) },
    })
    // As a person settles it.
    await clash.git(['pull', '-q', '--no-rebase', '-X', 'ours', 'origin', 'main'])
    expect((await clash.sluice('run')).exit).toBe(0)
    expect(await clash.git(['merge-base', '--is-ancestor', 'main^1', await clash.there()])).toBe('')
  })

  it('failed: everything lands all the same, and goes there at the next run', async () => {
    await using repo = await pushed({ workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }] })
    const before = await repo.there()
    const hook = join(repo.remote, 'hooks/pre-receive')
    await repo.write(hook, '#!/bin/sh\nexit 1\n')
    await chmod(hook, 0o755)
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(3)
    expect(await repo.landed()).toEqual(['a', 'b'])
    expect(await repo.there()).toBe(before)
    expect(run.events.filter(({ type }) => type === 'warning')).toHaveLength(1)
    expect((await repo.status()).needsYou).toMatchObject([{ code: 'W407', workstream: 'b' }])
    await chmod(hook, 0o644)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.there()).toBe(await repo.git(['rev-parse', 'main']))
    expect((await repo.status()).needsYou).toEqual([])
  })

  it('is done with when the user has pushed by himself', async () => {
    await using repo = await pushed({ config: { landing: { push: 'upstream' } } })
    await repo.git(['remote', 'add', 'upstream', join(repo.dir, 'nowhere')])
    expect((await repo.sluice('run')).exit).toBe(3)
    expect((await repo.status()).needsYou).toMatchObject([{ code: 'W407' }])
    await repo.git(['remote', 'set-url', 'upstream', repo.remote])
    await repo.git(['push', '-q', 'upstream', 'main'])
    expect((await repo.status()).needsYou).toEqual([])
    expect((await repo.sluice('run')).exit).toBe(0)
  })
})
