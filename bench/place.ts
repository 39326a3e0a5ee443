/**
 * Where benches and crash tests happen: one folder with everything of its own (home, state, temporary files, git
 * configuration, caches) around a copy of the built bundle, so that what is run is what users run, and what is left
 * behind can be seen.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)

export interface Place extends Disposable {
  dir: string
  /** The repository, to be made. */
  repo: string
  /** Slots and other state of Sluice: `$XDG_STATE_HOME/sluice`. */
  state: string
  /** `$TMPDIR` of everything that runs here. */
  tmp: string
  /** The launcher of the installed package. */
  launcher: string
  env: Record<string, string>
  /** Runs git in the repository and gives its output without the last newline. */
  git(...args: string[]): string
  /** Runs Sluice in the repository to its end. */
  sluice(...args: string[]): { exit: number | null; stdout: string; stderr: string }
  /** Starts Sluice in the repository as the leader of a process group; its two outputs are pipes. */
  start(...args: string[]): ChildProcess
}

/**
 * Makes a place; builds the bundle first where there is none. Use it with `using`: the folder is removed again. `more` comes
 * on top of its environment.
 */
export function makePlace(name: string, more: Readonly<Record<string, string>> = {}): Place {
  if (!existsSync(join(root, 'dist', 'main.js'))) {
    execFileSync(
      process.execPath,
      [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
      {
        cwd: root,
        stdio: 'inherit',
      },
    )
  }
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `sluice-${name}-`)))
  const [repo, home, state, tmp, installed] = ['repo', 'home', 'state', 'tmp', 'installed'].map((part) =>
    join(dir, part),
  )
  for (const folder of [repo!, home!, state!, tmp!]) mkdirSync(folder)
  for (const part of ['bin', 'dist', 'sample', 'package.json']) {
    cpSync(join(root, part), join(installed!, part), { recursive: true })
  }
  // Empty, and never /dev/null: `git config --global` would replace the device.
  const gitConfig = join(home!, 'gitconfig')
  writeFileSync(gitConfig, '')
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home!,
    XDG_STATE_HOME: state!,
    TMPDIR: tmp!,
    // Node keeps compiled code in $TMPDIR otherwise, and what is left there is counted.
    NODE_COMPILE_CACHE: join(dir, 'compiled'),
    GIT_CONFIG_GLOBAL: gitConfig,
    GIT_CONFIG_NOSYSTEM: '1',
    ...more,
  }
  const launcher = join(installed!, 'bin', 'sluice.js')
  const options = { cwd: repo!, env, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const
  return {
    dir,
    repo: repo!,
    state: join(state!, 'sluice'),
    tmp: tmp!,
    launcher,
    env,
    git: (...args) => execFileSync('git', args, options).replace(/\n$/, ''),
    sluice(...args) {
      const { status, stdout, stderr, error } = spawnSync(process.execPath, [launcher, ...args], options)
      if (error !== undefined) throw error
      return { exit: status, stdout, stderr }
    },
    start: (...args) =>
      spawn(process.execPath, [launcher, ...args], {
        cwd: repo!,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }),
  }
}
