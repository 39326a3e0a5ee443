import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { gitEnvironment } from '../../src/git/environment.ts'
import { type Room, assertKind, room } from './room.ts'

/** A program that leaves a trace when somebody runs it. */
async function payload(r: Room): Promise<{ command: string; hasRun: () => boolean }> {
  const mark = join(r.at.dir, 'pwned')
  const command = join(r.at.dir, 'payload')
  await writeFile(command, `#!/bin/sh\ntouch ${mark}\ncat\n`)
  await chmod(command, 0o755)
  return { command, hasRun: () => r.at.has(mark) }
}

describe('nothing that an agent plants is run or waited for', () => {
  it('hooks, drivers, fsmonitor, signers and attributes in every configuration', async () => {
    await using r = await room()
    const { command, hasRun } = await payload(r)
    const config = [
      `[core]\n\tfsmonitor = ${command}\n\thooksPath = ${r.slot.hub}/hooks\n\tsshCommand = ${command}`,
      `[filter "x=y"]\n\tclean = ${command}\n\tsmudge = ${command}\n\tprocess = ${command}\n\trequired = true`,
      `[filter "plain"]\n\tclean = ${command}\n\tsmudge = ${command}`,
      `[diff]\n\texternal = ${command}\n[diff "x"]\n\ttextconv = ${command}\n\tcommand = ${command}`,
      `[merge "x"]\n\tdriver = ${command}\n[gpg]\n\tprogram = ${command}\n[commit]\n\tgpgSign = true`,
      '[extensions]\n\tworktreeConfig = true\n',
    ].join('\n')
    const own = await r.at.read(join(r.slot.hub, 'config'))
    for (const name of ['config', 'config.worktree']) await writeFile(join(r.slot.hub, name), own + config)
    await writeFile(join(r.slot.admin, 'config.worktree'), config)
    const attributes = '* filter=x=y diff=x merge=x\n*.txt filter=plain\n'
    await mkdir(join(r.slot.hub, 'info'), { recursive: true })
    await writeFile(join(r.slot.hub, 'info/attributes'), attributes)
    await r.write('.gitattributes', attributes)
    await mkdir(join(r.slot.hub, 'hooks'), { recursive: true })
    for (const hook of ['pre-commit', 'post-index-change', 'reference-transaction', 'post-checkout']) {
      await writeFile(join(r.slot.hub, 'hooks', hook), `#!/bin/sh\n${command} </dev/null\n`, { mode: 0o755 })
    }
    await r.write('new.txt', 'x\n')
    await r.write('README.md', 'changed\n')
    assertKind(await r.take(), 'work')
    await r.prepare()
    expect(hasRun()).toBe(false)
  })

  it('a commondir that leads to another configuration', async () => {
    await using r = await room()
    const { command, hasRun } = await payload(r)
    const evil = join(r.at.dir, 'evil.git')
    await r.at.git(['clone', '-q', '--bare', r.at.root, evil])
    await r.at.git(['config', 'core.fsmonitor', command], evil)
    await r.at.git(['config', 'filter.x.clean', command], evil)
    await writeFile(join(r.slot.hub, 'commondir'), `${evil}\n`)
    await r.write('.gitattributes', '* filter=x\n')
    assertKind(await r.take(), 'work')
    expect(hasRun()).toBe(false)
  })

  it('hole 2: a promisor remote and a missing object', async () => {
    await using r = await room()
    const { command, hasRun } = await payload(r)
    await r.write('new.txt', 'x\n')
    await r.at.commit('work', r.slot.worktree)
    const blob = await r.agent('rev-parse', 'HEAD:new.txt')
    await rm(join(r.slot.worktree, 'new.txt'))
    await r.write('kept.txt', 'y\n')
    await r.at.commit('the object is history', r.slot.worktree)
    await rm(join(r.slot.hub, 'objects', blob.slice(0, 2), blob.slice(2)))
    await r.agent('config', 'core.repositoryFormatVersion', '1')
    await r.agent('config', 'extensions.partialClone', 'evil')
    await r.agent('config', 'remote.evil.url', r.at.root)
    await r.agent('config', 'remote.evil.promisor', 'true')
    await r.agent('config', 'remote.evil.uploadpack', command)
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['kept.txt'])
    expect(taken.reports.join()).toContain('history is lost')
    expect(hasRun()).toBe(false)
  })

  it('hole 2: an include of a pipe, and pipes in the places of files', async () => {
    await using r = await room()
    await r.write('new.txt', 'x\n')
    await r.at.commit('work', r.slot.worktree)
    const pipe = join(r.at.dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    await writeFile(join(r.slot.hub, 'config'), `[include]\n\tpath = ${pipe}\n`)
    for (const path of ['packed-refs', 'refs/heads/pipe', 'info/attributes', 'shallow', 'objects/info/packs']) {
      await rm(join(r.slot.hub, path), { force: true })
      execFileSync('mkfifo', [join(r.slot.hub, path)])
    }
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['new.txt'] })
  })

  it('pipes in a worktree where git reads files', async () => {
    await using r = await room()
    const plant = async (): Promise<void> => {
      await r.write('deep/new.txt', 'x')
      for (const name of ['.gitignore', '.gitattributes', 'deep/.gitignore', 'plain']) {
        execFileSync('mkfifo', [join(r.slot.worktree, name)])
      }
    }
    await plant()
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['deep/new.txt'] })
    await plant()
    await r.prepare()
    expect(await r.agent('status', '--porcelain')).toBe('')
  })

  it('hole 2: filters and monitors of a nested repository, also in the place of a submodule', async () => {
    await using r = await room()
    const { command, hasRun } = await payload(r)
    await r.at.git(['update-index', '--add', '--cacheinfo', `160000,${r.base},sub`])
    await r.at.git(['commit', '-q', '-m', 'a submodule'])
    const base = await r.at.git(['rev-parse', 'HEAD'])
    await r.prepare({ base })
    for (const nested of ['sub', 'fresh']) {
      const at = join(r.slot.worktree, nested)
      await mkdir(at, { recursive: true })
      await r.at.git(['init', '-q'], at)
      await writeFile(join(at, 'file'), 'x\n')
      await r.at.commit('inside', at)
      await r.at.git(['config', 'filter.x.clean', command], at)
      await r.at.git(['config', 'core.fsmonitor', command], at)
      await writeFile(join(at, '.gitattributes'), '* filter=x\n')
      await writeFile(join(at, 'file'), 'y\n')
    }
    await r.write('new.txt', 'x\n')
    const taken = await r.take({ base })
    expect(taken).toMatchObject({ kind: 'work', changed: ['new.txt'] })
    expect(taken.reports).toEqual(['left out, a repository of its own: fresh'])
    await r.prepare({ base })
    expect(hasRun()).toBe(false)
  })

  it('objects that it borrows from somewhere else do not count', async () => {
    await using r = await room()
    const away = join(r.at.dir, 'away.git')
    await r.at.git(['init', '-q', '--bare', away], r.at.dir)
    await r.write('new.txt', 'x\n')
    await r.at.commit('work', r.slot.worktree)
    const blob = await r.agent('rev-parse', 'HEAD:new.txt')
    await rm(join(r.slot.worktree, 'new.txt'))
    await r.write('kept.txt', 'y\n')
    await r.at.commit('the object is history', r.slot.worktree)
    const loose = join(blob.slice(0, 2), blob.slice(2))
    await mkdir(join(away, 'objects', blob.slice(0, 2)), { recursive: true })
    execFileSync('mv', [join(r.slot.hub, 'objects', loose), join(away, 'objects', loose)])
    await writeFile(join(r.slot.hub, 'objects/info/alternates'), `${r.repo.objects}\n${away}/objects\n`)
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.reports.join()).toContain('history is lost')
    expect(await r.at.exit(['fsck', '--strict'])).toBe(0)
  })
})

describe('hole 7: the global configuration of our git', () => {
  it('cannot exist, cannot be made, and is not /dev/null', async () => {
    await using r = await room()
    const env = gitEnvironment('ours')
    const write = promisify(execFile)('git', ['config', '--global', 'user.name', 'x'], { env, cwd: r.at.dir })
    await expect(write).rejects.toThrow()
    expect(env['GIT_CONFIG_GLOBAL']).not.toBe('/dev/null')
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })
})
