/** Pushing to a remote as the user would, and what of him is not touched by it. */
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { git } from '../../src/git/git.ts'
import { fetchBranch, pushCommit, remoteRef } from '../../src/git/push.ts'
import { type Yard, yard } from '../landing/room.ts'

const ORIGIN = { remote: 'origin', branch: 'main' }

interface WithRemote extends Yard {
  remote: string
  /** Where `main` of the remote stands. */
  there(): Promise<string>
  /** Somebody else pushes a commit with these files on top of what the remote has. */
  elsewhere(files: Record<string, string>): Promise<string>
}

async function withRemote(): Promise<WithRemote> {
  const y = await yard()
  const remote = join(y.at.dir, 'remote.git')
  await y.at.git(['init', '-q', '--bare', '-b', 'main', remote])
  await y.at.git(['remote', 'add', 'origin', '../remote.git'])
  await y.at.git(['push', '-q', 'origin', 'main'])
  const there = (): Promise<string> => y.at.git(['rev-parse', 'refs/heads/main'], remote)
  return {
    ...y,
    remote,
    there,
    async elsewhere(files) {
      const commit = await y.work(files, await there())
      await y.at.git(['push', '-q', remote, `${commit}:refs/heads/main`])
      return commit
    },
  }
}

describe('pushing', () => {
  it('brings the branch there, once, without hooks of the user, and his tracking branch follows', async () => {
    await using w = await withRemote()
    const hook = join(w.at.root, '.git/hooks/pre-push')
    await w.at.write(hook, '#!/bin/sh\nexit 1\n')
    await chmod(hook, 0o755)
    await w.at.git(['config', 'push.followTags', 'true'])
    const commit = await w.push({ 'a.txt': 'a\n' })
    await w.at.git(['tag', '-a', '-m', 'v1', 'v1', commit])
    expect(await pushCommit(w.repo, ORIGIN, commit)).toEqual({ kind: 'pushed' })
    expect(await w.there()).toBe(commit)
    expect(await w.at.git(['rev-parse', 'refs/remotes/origin/main'])).toBe(commit)
    expect(await w.at.git(['tag'], w.remote)).toBe('')
    expect(await pushCommit(w.repo, ORIGIN, commit)).toEqual({ kind: 'pushed' })
  })

  it('never overwrites: what the remote has besides is fetched, to a ref of ours alone', async () => {
    await using w = await withRemote()
    const theirs = await w.elsewhere({ 'b.txt': 'b\n' })
    const commit = await w.push({ 'a.txt': 'a\n' })
    expect(await pushCommit(w.repo, ORIGIN, commit)).toEqual({ kind: 'rejected' })
    expect(await w.there()).toBe(theirs)
    const before = await w.at.git(['rev-parse', 'refs/remotes/origin/main'])
    expect(await fetchBranch(w.repo, ORIGIN)).toEqual({ kind: 'fetched', commit: theirs })
    expect(await w.at.git(['rev-parse', remoteRef(ORIGIN), 'refs/remotes/origin/main'])).toBe(`${theirs}\n${before}`)
    expect(w.at.has('.git/FETCH_HEAD')).toBe(false)
  })

  it('says in a line why it failed', async () => {
    await using w = await withRemote()
    const commit = await w.push({ 'a.txt': 'a\n' })
    const hook = join(w.remote, 'hooks/pre-receive')
    await w.at.write(hook, '#!/bin/sh\necho no >&2\nexit 1\n')
    await chmod(hook, 0o755)
    expect(await pushCommit(w.repo, ORIGIN, commit)).toEqual({
      kind: 'failed',
      message: '[remote rejected] (pre-receive hook declined)',
    })
    await w.at.git(['remote', 'set-url', 'origin', join(w.at.dir, 'nowhere')])
    const nowhere = { kind: 'failed', message: expect.stringContaining('nowhere') }
    expect(await pushCommit(w.repo, ORIGIN, commit)).toMatchObject(nowhere)
    expect(await fetchBranch(w.repo, ORIGIN)).toMatchObject(nowhere)
    await w.at.git(['remote', 'set-url', 'origin', 'ext::sh -c "touch pwned"'])
    expect(await pushCommit(w.repo, ORIGIN, commit)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining("'ext' not allowed"),
    })
  })

  it('is all that may reach a remote', async () => {
    await using w = await withRemote()
    for (const args of [
      ['push', 'origin', 'main'],
      ['fetch', 'origin'],
    ]) {
      await expect(git(args, { gitDir: w.repo.gitDir, config: 'user' })).rejects.toThrow('is not plumbing')
    }
    await expect(git(['status'], { gitDir: w.repo.gitDir, config: 'remote' })).rejects.toThrow('is not plumbing')
  })
})
