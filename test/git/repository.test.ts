import { execFileSync } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { git, GitError } from '../../src/git/git.ts'
import { excludeState, isAncestor, openRepository, resolveCommit } from '../../src/git/repository.ts'
import { scratch } from '../kit/repository.ts'

describe('git', () => {
  it('tells exit codes apart and throws the others with what git said', async () => {
    await using at = await scratch()
    const gitDir = join(at.root, '.git')
    expect((await git(['rev-parse', '-q', '--verify', 'nothing'], { gitDir, exits: [0, 1] })).exit).toBe(1)
    await expect(git(['cat-file', 'commit', 'nothing'], { gitDir })).rejects.toThrow(GitError)
  })

  it('lets nothing of the caller and of a hostile configuration through', async () => {
    await using at = await scratch()
    const planted = join(at.dir, 'ran')
    await at.git(['config', 'core.fsmonitor', `touch ${planted}`])
    await at.git(['config', 'core.hooksPath', at.dir])
    process.env['GIT_DIR'] = '/nowhere'
    process.env['GIT_INDEX_FILE'] = '/nowhere/index'
    try {
      const where = { gitDir: join(at.root, '.git'), workTree: at.root }
      expect((await git(['config', '--get', 'core.fsmonitor'], where)).stdout).toBe('false\n')
      expect((await git(['diff-files', '--name-only'], where)).stdout).toBe('')
      expect((await git(['config', '--get', 'core.hooksPath'], where)).stdout).toBe('/dev/null\n')
    } finally {
      delete process.env['GIT_DIR']
      delete process.env['GIT_INDEX_FILE']
    }
    expect(at.has(planted)).toBe(false)
  })

  it('refuses porcelain', async () => {
    await using at = await scratch()
    for (const command of ['checkout', 'commit', 'stash', 'add', 'pull']) {
      await expect(git([command], { gitDir: join(at.root, '.git') })).rejects.toThrow(/not plumbing/)
    }
  })

  it('stops at its time limit and at an abort, and takes input that git does not read', async () => {
    await using at = await scratch()
    execFileSync('mkfifo', [join(at.root, '.gitignore')])
    const where = { gitDir: join(at.root, '.git'), workTree: at.root }
    const hanging = git(['ls-files', '-o', '--exclude-standard'], { ...where, timeoutMs: 50 })
    await expect(hanging).rejects.toMatchObject({ exit: null })
    const abort = new AbortController()
    const aborted = git(['ls-files', '-o', '--exclude-standard'], { ...where, signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    await git(['rev-parse', 'HEAD'], { ...where, input: Buffer.alloc(1_000_000) })
  })
})

describe('openRepository', () => {
  it('finds the repository from a folder in it', async () => {
    await using at = await scratch()
    await mkdir(join(at.root, 'deep/er'), { recursive: true })
    const repo = await openRepository(join(at.root, 'deep/er'))
    const commit = await at.git(['rev-parse', 'HEAD'])
    expect(repo).toEqual({
      root: at.root,
      gitDir: join(at.root, '.git'),
      worktreeGitDir: join(at.root, '.git'),
      stateRoot: at.root,
      objects: join(at.root, '.git/objects'),
      objectFormat: 'sha1',
      shallow: false,
      head: { branch: 'main', commit },
    })
  })

  it.each(['with space', 'ünï-日本', 'a#b', '-dash', 'new\nline', 'quote"back\\slash'])(
    'takes the folder name %j',
    async (name) => {
      await using at = await scratch({ name })
      const repo = await openRepository(at.root)
      expect(repo.root).toBe(at.root)
      expect(repo.gitDir).toBe(join(at.root, '.git'))
    },
  )

  it('knows the main worktree from a linked one', async () => {
    await using at = await scratch()
    const linked = join(at.dir, 'linked')
    await at.git(['worktree', 'add', '-q', '-b', 'side', linked])
    const repo = await openRepository(linked)
    expect(repo).toMatchObject({ root: linked, stateRoot: at.root, gitDir: join(at.root, '.git') })
    expect(repo.worktreeGitDir).toBe(join(at.root, '.git/worktrees/linked'))
    expect(repo.head.branch).toBe('side')
  })

  it('lives in the linked worktree itself when the main one is bare', async () => {
    await using at = await scratch()
    const bare = join(at.dir, 'bare.git')
    const linked = join(at.dir, 'linked')
    await at.git(['clone', '-q', '--bare', at.root, bare])
    await at.git(['worktree', 'add', '-q', '-b', 'side', linked], bare)
    expect(await openRepository(linked)).toMatchObject({ root: linked, stateRoot: linked, gitDir: bare })
  })

  it('reports detached, unborn, sha256 and shallow', async () => {
    await using at = await scratch({ objectFormat: 'sha256' })
    await at.git(['checkout', '-q', '--detach'])
    expect(await openRepository(at.root)).toMatchObject({ objectFormat: 'sha256', head: { branch: null } })
    await at.git(['checkout', '-q', '--orphan', 'new'])
    expect((await openRepository(at.root)).head).toEqual({ branch: 'new', commit: null })
    await at.git(['switch', '-q', '--force', 'main'])
    await at.commit('second')
    const shallow = join(at.dir, 'shallow')
    await at.git(['clone', '-q', '--depth=1', `file://${at.root}`, shallow])
    expect((await openRepository(shallow)).shallow).toBe(true)
  })

  it.runIf(process.getuid?.() === 0)('says of a repository of somebody else what to type', async () => {
    await using at = await scratch({ name: 'of another' })
    execFileSync('chown', ['-R', '12345', at.root])
    const failed = await openRepository(at.root).catch((error: unknown) => error)
    expect(failed).toMatchObject({
      exit: 5,
      failure: {
        code: 'E105',
        message: `the repository ${at.root} belongs to somebody else, and git does not work in it`,
        fix: `if you trust it: git config --global --add safe.directory '${at.root}'`,
      },
    })
  })

  it('refuses no repository, a bare one and the inside of .git with E105, exit 5 and a fix', async () => {
    await using at = await scratch()
    const bare = join(at.dir, 'bare.git')
    await at.git(['clone', '-q', '--bare', at.root, bare])
    const cases: [string, RegExp][] = [
      [at.dir, /no git repository/],
      [join(at.dir, 'missing'), /does not exist/],
      [bare, /bare/],
      [join(at.root, '.git'), /inside a git directory/],
    ]
    for (const [path, words] of cases) {
      const failed = await openRepository(path).catch((error: unknown) => error)
      expect(failed).toMatchObject({ exit: 5, failure: { code: 'E105', message: expect.stringMatching(words) } })
      expect(failed).toHaveProperty('failure.fix')
    }
  })
})

describe('commits', () => {
  it('resolves what a user types, also when it looks like an option', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const commit = await at.git(['rev-parse', 'HEAD'])
    expect(await resolveCommit(repo, 'main')).toBe(commit)
    expect(await resolveCommit(repo, 'HEAD~0')).toBe(commit)
    for (const bad of ['--all', '-x', 'nothing', '', 'HEAD^{tree}', 'HEAD:README.md']) {
      expect(await resolveCommit(repo, bad)).toBeNull()
    }
  })

  it('answers reachability, unknown ids included', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const first = await at.git(['rev-parse', 'HEAD'])
    const second = await at.commit('second')
    expect(await isAncestor(repo, first, second)).toBe(true)
    expect(await isAncestor(repo, second, first)).toBe(false)
    expect(await isAncestor(repo, '1'.repeat(40), second)).toBe(false)
  })
})

describe('excludeState', () => {
  it('adds its two lines once and keeps what is there', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    await at.write('.git/info/exclude', '*.mine')
    await excludeState(repo)
    await excludeState(repo)
    expect(await at.read('.git/info/exclude')).toBe('*.mine\n# sluice: state of runs\n.sluice/\n')
    await at.write('.sluice/state', 'x')
    expect(await at.git(['status', '--porcelain'])).toBe('')
  })

  it('makes the folder when a template left it out', async () => {
    await using at = await scratch()
    await at.git(['init', '-q', '--template=', 'plain'], at.dir)
    const repo = await openRepository(join(at.dir, 'plain'))
    await excludeState(repo)
    expect((await stat(join(repo.gitDir, 'info/exclude'))).isFile()).toBe(true)
  })
})
