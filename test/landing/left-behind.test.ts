/**
 * What agents leave behind, and the right answer: how a worktree, a hub and a history can look when a tool is done. One
 * test for each, from the attempt to the target. Conflicts and what is refused have files of their own beside this one.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listRefs } from '../../src/git/refs.ts'
import { mergeInMemory } from '../../src/git/merge.ts'
import { assertKind } from '../git/room.ts'
import { type Field, field } from './field.ts'

/** Lands the work, once, and gives the paths of the target then. */
async function landed(f: Field, id: string, work: string): Promise<string[]> {
  const result = await f.tryLand(id, work)
  assertKind(result, 'landed')
  expect(await f.landed()).toEqual([id])
  expect(await f.tip()).toBe(result.commit)
  return await f.paths(result.commit)
}

const COMMIT = 'git add -A && git commit -qm'

describe.concurrent('the branch', () => {
  it('that is contained in the target: no-op, landed once, not a failure', async () => {
    await using f = await field()
    const work = await f.sound('a', `echo a > a && ${COMMIT} a`)
    await f.at.git(['update-ref', 'refs/heads/main', work])
    const result = await f.tryLand('a', work)
    assertKind(result, 'landed')
    expect(await f.at.git(['diff', '--stat', work, result.commit])).toBe('')
    expect(await f.landed()).toEqual(['a'])
  })

  it('that says the same as one that has landed: no-op, landed once, not a failure', async () => {
    await using f = await field()
    const [one, two] = [await f.sound('one', 'echo a > a'), await f.sound('two', 'echo a > a')]
    assertKind(await f.tryLand('one', one), 'landed')
    const result = await f.tryLand('two', two)
    assertKind(result, 'landed')
    expect(await f.at.git(['diff', '--stat', `${result.commit}^1`, result.commit])).toBe('')
    expect(await f.landed()).toEqual(['one', 'two'])
  })

  it('whose history is rewritten: the pinned commit counts', async () => {
    await using f = await field()
    const script = `echo 1 > a && ${COMMIT} one && echo 2 > a && ${COMMIT} two && git reset -q --soft HEAD~2 && git commit -qm both`
    const work = await f.sound('a', script)
    expect(await f.at.git(['log', '--format=%s', `${f.base}..${work}`])).toBe('both')
    // Whoever moves the branch later changes nothing either.
    await f.at.git(['update-ref', 'refs/heads/ws/a', f.base])
    expect(await landed(f, 'a', work)).toContain('a')
    expect(await f.at.git(['rev-parse', 'main^2'])).toBe(work)
  })

  it.each([
    ['another branch', `git switch -q -c elsewhere && echo a > a && ${COMMIT} a && git switch -q ws/a`],
    ['a detached HEAD', `git checkout -q --detach && echo a > a && ${COMMIT} a && git checkout -q ws/a`],
  ])('is not where the commits are but %s is: found by the reflog', async (_, script) => {
    await using f = await field()
    expect(await landed(f, 'a', await f.sound('a', script))).toContain('a')
  })

  it('main is moved in its hub, and pushed to: ignored', async () => {
    await using f = await field({ 'README.md': 'hello\n' }, ({ at }) => at.git(['remote', 'add', 'origin', at.root]))
    const evil = 'git commit -q --allow-empty -m evil && git branch -q -f main && git push -q origin HEAD:main'
    const work = await f.sound('a', `${evil} && git reset -q --hard HEAD~1 && echo a > a`)
    expect(await f.tip()).toBe(f.base)
    expect(await landed(f, 'a', work)).toEqual(['README.md', 'a'])
    expect(await f.at.git(['log', '--format=%s', 'main'])).not.toContain('evil')
  })
})

describe.concurrent('the worktree', () => {
  it.each([
    ['the .git file is deleted: repaired, files and commits survive', 'rm .git', ['README.md', 'a', 'b']],
    ['it is deleted itself: repaired, committed work survives', 'rm -rf "$PWD"', ['README.md', 'a']],
  ])('%s', async (_, damage, paths) => {
    await using f = await field()
    const work = await f.sound('a', `echo a > a && ${COMMIT} a && echo b > b && ${damage}`)
    expect(await landed(f, 'a', work)).toEqual(paths)
    expect((await f.agent('b', 'test -e README.md && test ! -e b && git status --porcelain > seen')).outcome.kind).toBe(
      'ok',
    )
  })

  it('holds untracked files: snapshot; ignored ones never enter a landing', async () => {
    await using f = await field({ '.gitignore': '*.log\n' })
    const work = await f.sound('a', 'echo a > a && echo x > x.log && mkdir deep && echo b > deep/b')
    expect(await landed(f, 'a', work)).toEqual(['.gitignore', 'a', 'deep/b'])
  })

  it.each([
    ['merge', 'git merge other'],
    ['rebase', 'git rebase other'],
  ])(
    'is in the middle of a %s: not accepted, all lines of work kept, its own commits to go on from',
    async (name, command) => {
      await using f = await field()
      const sides = `echo mine > README.md && ${COMMIT} mine && git switch -q -c other main && echo theirs > README.md && ${COMMIT} theirs`
      const { outcome, work, strays } = await f.agent(
        'a',
        `${sides} && git switch -q ws/a && ${command} >/dev/null 2>&1; exit 0`,
      )
      expect(outcome).toMatchObject({ kind: 'rejected', code: 'E204', message: expect.stringContaining(`a ${name}`) })
      expect(await f.at.git(['log', '-1', '--format=%s', work!])).toBe('mine')
      const kept = await listRefs(f.repo, 'refs/sluice/stray')
      expect(new Set(kept.map(({ ref, object }) => ({ ref, commit: object })))).toEqual(new Set(strays))
      const subjects = await f.at.git(['log', '--format=%s', work!, ...kept.map(({ object }) => object)])
      expect(subjects.split('\n')).toEqual(expect.arrayContaining(['mine', 'theirs']))
    },
  )
})

describe.concurrent('a stale lock', () => {
  it('of a dead tool goes with it', async () => {
    await using f = await field()
    const locks =
      'touch ../hub.git/worktrees/worktree/index.lock ../hub.git/refs/heads/ws/a.lock ../hub.git/packed-refs.lock'
    expect(await landed(f, 'a', await f.sound('a', `echo a > a && ${COMMIT} a && ${locks}`))).toContain('a')
    expect((await f.agent('b', `echo b > b && ${COMMIT} b`)).outcome.kind).toBe('ok')
  })

  it('in the repository may have a live owner: never removed, named, and the target left alone', async () => {
    await using f = await field()
    const work = await f.sound('a', 'echo a > a')
    const lock = join(f.repo.gitDir, 'refs/heads/main.lock')
    await writeFile(lock, '')
    await expect(f.tryLand('a', work)).rejects.toMatchObject({
      failure: { code: 'E404', fix: expect.stringContaining(lock) },
    })
    expect(existsSync(lock)).toBe(true)
    await f.at.git(['update-ref', '--no-deref', 'HEAD', f.base])
    expect(await f.pinned('a')).toBe(work)
  })
})

describe.concurrent('what is planted', () => {
  it('hooks, config and attributes are never run, also not when the attributes land', async () => {
    await using f = await field()
    const mark = join(f.at.dir, 'pwned')
    const run = `touch ${mark}`
    const plant = [
      `mkdir -p ../hub.git/hooks ../hub.git/info && for h in pre-commit post-checkout reference-transaction post-merge; do printf '#!/bin/sh\\n${run}\\n' > ../hub.git/hooks/$h; chmod +x ../hub.git/hooks/$h; done`,
      `git config core.fsmonitor '${run}' && git config filter.x.clean '${run}; cat' && git config filter.x.smudge '${run}; cat'`,
      `git config merge.x.driver '${run}' && git config diff.x.textconv '${run}' && git config gpg.program '${run}'`,
      `echo '* filter=x merge=x diff=x' > .gitattributes && cp .gitattributes ../hub.git/info/attributes && echo a > a && rm -f ${mark}`,
    ].join(' && ')
    const work = await f.sound('a', plant)
    expect(await landed(f, 'a', work)).toContain('.gitattributes')
    assertKind(await mergeInMemory(f.repo, await f.tip(), await f.sound('b', 'echo b > b')), 'clean')
    expect(existsSync(mark)).toBe(false)
    expect(await f.at.git(['config', '--list', '--local'])).not.toContain(mark)
  })
})

describe.concurrent('meanwhile', () => {
  it('a human commits: compare-and-swap fails, build and gate again on top of that', async () => {
    await using f = await field()
    const work = await f.sound('a', 'echo a > a')
    const gated: string[] = []
    let human = ''
    const result = await f.tryLand('a', work, {
      async gate(commit) {
        gated.push(commit)
        if (human === '') human = await f.push({ 'human.txt': 'h\n' })
      },
    })
    assertKind(result, 'landed')
    expect(gated).toHaveLength(2)
    expect(gated.at(-1)).toBe(await f.tip())
    expect(await f.at.git(['rev-parse', 'main^1'])).toBe(human)
  })

  it('a second orchestrator lands too: compare-and-swap lets one through, the other builds again on top of it', async () => {
    await using f = await field()
    const [one, two] = [await f.sound('one', 'echo 1 > one'), await f.sound('two', 'echo 2 > two')]
    const gated: string[] = []
    let arrived = 0
    const both = Promise.withResolvers<void>()
    const gate = async (commit: string): Promise<void> => {
      gated.push(commit)
      if (++arrived === 2) both.resolve()
      await both.promise
    }
    const results = await Promise.all([f.tryLand('one', one, { gate }), f.tryLand('two', two, { gate })])
    for (const result of results) assertKind(result, 'landed')
    expect((await f.landed()).toSorted()).toEqual(['one', 'two'])
    expect(gated).toHaveLength(3)
    expect(gated).toContain(await f.tip())
    expect(await f.paths(await f.tip())).toEqual(['README.md', 'one', 'two'])
  })
})

describe.concurrent('history', () => {
  it('that was rewritten below the work: the files count, and land on top of what was there', async () => {
    await using f = await field()
    const work = await f.sound(
      'a',
      `echo amended > README.md && ${COMMIT.replace('commit', 'commit --amend')} a && echo a > a`,
    )
    expect(await landed(f, 'a', work)).toEqual(['README.md', 'a'])
    expect(await f.show(await f.tip(), 'README.md')).toBe('amended')
    expect(await f.at.exit(['merge-base', '--is-ancestor', f.base, await f.tip()])).toBe(0)
  })

  it('that is unrelated: reject, kept aside', async () => {
    await using f = await field()
    const script = `git checkout -q --orphan alone && echo a > a && ${COMMIT} alone`
    const { outcome } = await f.agent('a', script)
    expect(outcome).toMatchObject({
      kind: 'rejected',
      code: 'E204',
      message: expect.stringContaining('does not descend'),
    })
    const [kept] = await listRefs(f.repo, 'refs/sluice/stray')
    expect(await f.paths(kept!.object)).toEqual(['README.md', 'a'])
  })

  it('with names like -x, --, and with newlines lands as it is', async () => {
    await using f = await field()
    const script = `touch -- -x --all 'new
line' 'a"b' && git add -A && git commit -qm '-x
--' && git tag -- v1 && git branch -m 'odd"name'`
    const paths = await landed(f, 'a', await f.sound('a', script))
    expect(paths.toSorted()).toEqual(['"a\\"b"', '"new\\nline"', '--all', '-x', 'README.md'].toSorted())
  })
})
