/**
 * Repositories for tests: real git in a folder that is removed again, with a home and a global configuration of its
 * own, so that nobody's settings count and nobody's settings are touched.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A git that waits for something must not outlive its test; below the limit of a test. */
const LIMITS = { timeout: 30_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const

/** An empty file, and never `/dev/null`: `git config --global` would replace the device. */
const EMPTY_CONFIG = join(import.meta.dirname, 'gitconfig')

// Our own git reads the user's configuration where it touches the user's checkout: here that is nobody's.
process.env['GIT_CONFIG_GLOBAL'] = EMPTY_CONFIG
process.env['GIT_CONFIG_NOSYSTEM'] = '1'

export interface Scratch extends AsyncDisposable {
  /** The folder that is removed in the end; links resolved. */
  dir: string
  /** The repository, unless another place is named: a folder in `dir` with one commit on `main`. */
  root: string
  /** Runs git as a user would and gives its output without the last newline. Throws on a bad exit. */
  git(args: readonly string[], cwd?: string, env?: Record<string, string>): Promise<string>
  /** Exit code of git as a user would run it. */
  exit(args: readonly string[], cwd?: string): Promise<number>
  /** Writes a file (path below `root`, or absolute), with its folders. */
  write(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
  has(path: string): boolean
  /** Adds everything in `cwd` and commits it; gives the id. */
  commit(message: string, cwd?: string): Promise<string>
  /** The environment that `git` runs in. */
  env: Record<string, string>
}

export interface ScratchOptions {
  /** Of the repository's folder. */
  name?: string
  /** Where the folder is made; the system's for temporary files unless told otherwise. */
  within?: string
  objectFormat?: 'sha1' | 'sha256'
  /** Files of the first commit. */
  files?: Record<string, string>
}

/** Makes a folder with a repository. Use it with `await using`. */
export async function scratch(options: ScratchOptions = {}): Promise<Scratch> {
  const { name = 'repo', within = tmpdir(), objectFormat = 'sha1', files = { 'README.md': 'hello\n' } } = options
  const dir = await realpath(await mkdtemp(join(within, 'sluice-test-')))
  // Until it is handed over: a repository that cannot be made leaves no folder behind either.
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
  const root = join(dir, name)
  const home = join(dir, 'home')
  await mkdir(home)
  await mkdir(root)
  const env: Record<string, string> = {
    PATH: process.env['PATH']!,
    HOME: home,
    GIT_CONFIG_GLOBAL: EMPTY_CONFIG,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.org',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.org',
  }
  const place = (path: string): string => (isAbsolute(path) ? path : join(root, path))
  let owned = new AsyncDisposableStack()
  const self: Scratch = {
    dir,
    root,
    env,
    async git(args, cwd = root, more = {}) {
      const { stdout } = await run('git', [...args], { cwd, env: { ...env, ...more }, ...LIMITS })
      return stdout.replace(/\n$/, '')
    },
    async exit(args, cwd = root) {
      return run('git', [...args], { cwd, env, ...LIMITS }).then(
        () => 0,
        (error: { code: number }) => error.code,
      )
    },
    async write(path, text) {
      await mkdir(dirname(place(path)), { recursive: true })
      await writeFile(place(path), text)
    },
    read: (path) => readFile(place(path), 'utf8'),
    has: (path) => existsSync(place(path)),
    async commit(message, cwd = root) {
      await self.git(['add', '-A'], cwd)
      await self.git(['commit', '-q', '--allow-empty', '-m', message], cwd)
      return self.git(['rev-parse', 'HEAD'], cwd)
    },
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync()
    },
  }
  await self.git(['init', '-q', '-b', 'main', `--object-format=${objectFormat}`])
  // A gc that git starts in the background would outlive the folder.
  await self.git(['config', 'gc.auto', '0'])
  for (const [path, text] of Object.entries(files)) await self.write(path, text)
  await self.commit('first')
  owned = stack.move()
  return self
}
