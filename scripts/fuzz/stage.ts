/**
 * Where the crash fuzz happens: a folder with a repository and all of its state, that can be put back to what it was. It always
 * stands at the same path, because slots and attempts know where they are; what it is put back from lies beside it.
 */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Event } from '../../src/model/event.ts'
import { messageOf } from '../../src/model/failure.ts'
import { linesOf } from '../aftermath.ts'
import { type Bystander, bystanderAt, START_BYSTANDER } from './bystander.ts'

const call = promisify(execFile)
const STOP_AT = join(import.meta.dirname, 'stop-at.ts')
export const ROOT = dirname(dirname(import.meta.dirname))
/** The bundle of these sources, as `npm run build` makes it. */
export const MAIN = join(ROOT, 'dist', 'main.js')

/** In the environment of all that runs here there is a variable of this name, whose value nobody may show. */
export const SECRET_NAME = 'FUZZ_API_KEY'

/**
 * How somebody starts a program: from a shell, in its group. Before that, once in each case, the bystander is started in the same
 * session.
 */
const LAUNCHER = `
if [ -n "$FUZZ_BYSTANDER" ]; then ${START_BYSTANDER}; fi
"$@"
exit $?
`

/** A run takes some seconds, and half a minute beside other builds; one that hangs is ended and told. */
const RUN_MS_MAX = 3 * 60_000

/** What a start does before it goes on with the work. Anything else that it tells of is progress. */
const RECOVERY = new Set<Event['type']>(['run.resumed', 'fix.recorded', 'landing.moved', 'workstream.state', 'warning'])

/** What happens to one run; see `stop-at.ts`. */
export interface Disturbance {
  /** The moment when it is killed. */
  stopAt?: string
  /** Before the `at`th of the effects `on` (`during ...`: when it was set off), somebody runs the script. */
  act?: { script: string; on: readonly string[]; at: number }
}

export interface Followed {
  /** null: it was killed. */
  exit: number | null
  /** `git update-ref#2`, `during check#1` ...: what was set off and done, in order; the last one is where it was killed. */
  moments: string[]
  /** From its start until it went on with the work (or ended), in milliseconds; null when nothing told of that. */
  recoveryMs: number | null
  events: Event[]
  /** It has answered: whoever asked does not ask again. Never so of a run, which is called again as long as it is killed. */
  hasAnswered: boolean
  stdout: string
  stderr: string
}

export interface Stage extends Disposable {
  /** Everything that belongs to it. */
  dir: string
  repo: string
  /** Slots and other state: `$XDG_STATE_HOME`. */
  state: string
  /** `$TMPDIR`. */
  tmp: string
  /** The value of `SECRET_NAME`. */
  secret: string
  bystander: Bystander
  /** Git as its owner runs it, in the repository; gives the output without the last newline. */
  git(...args: string[]): Promise<string>
  /** The same with another index. */
  gitWith(index: string, ...args: string[]): Promise<string>
  /** Sluice to its end, where that must go well (`exits` names the codes). */
  sluice(args: readonly string[], exits?: readonly number[]): Promise<void>
  /** Sluice until its end, or until it is killed; by the bundle `main`, which may have a bug planted in it. */
  follow(main: string, args: readonly string[], disturbance?: Disturbance): Promise<Followed>
  /** Remembers everything as it is now. */
  save(name: string): Promise<void>
  /** Puts everything back to what it was. Nothing may run here. */
  restore(name: string): Promise<void>
}

/** Makes an empty stage. Use it with `using`. */
export function makeStage(): Stage {
  const around = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-fuzz-')))
  const dir = join(around, 'place')
  const [repo, home, state, tmp] = ['repo', 'home', 'state', 'tmp'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ]
  const emptyConfig = join(around, 'gitconfig')
  writeFileSync(emptyConfig, '')
  const trace = join(around, 'trace')
  const bystander = bystanderAt(join(around, 'bystander'))
  const secret = `fuzz${randomBytes(12).toString('hex')}`
  const env = {
    [SECRET_NAME]: secret,
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_STATE_HOME: state,
    TMPDIR: tmp,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache'),
    GIT_CONFIG_GLOBAL: emptyConfig,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Person',
    GIT_AUTHOR_EMAIL: 'person@example.org',
    GIT_COMMITTER_NAME: 'Person',
    GIT_COMMITTER_EMAIL: 'person@example.org',
  }
  const git = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { stdout } = await call('git', args, { cwd: repo, env: { ...env, ...more }, maxBuffer: 64 * 1024 * 1024 })
    return stdout.replace(/\n$/, '')
  }
  const saved = (name: string): string => join(around, `saved-${name}`)
  for (const folder of [repo, home, state, tmp]) mkdirSync(folder, { recursive: true })
  /** The group of what is followed now. */
  let following: number | null = null
  const clear = (): void => {
    process.off('exit', interrupted)
    bystander.dismiss()
    rmSync(around, { recursive: true, force: true, maxRetries: 5 })
  }
  const interrupted = (): void => {
    try {
      if (following !== null) process.kill(-following, 'SIGKILL')
      clear()
    } catch (error) {
      // The next stage is to be cleared all the same.
      process.stderr.write(`${messageOf(error)}\n`)
    }
  }
  // Who is interrupted leaves nothing behind either: tools end when the stage has gone.
  process.on('exit', interrupted)
  return {
    dir,
    repo,
    state,
    tmp,
    secret,
    bystander,
    git: (...args) => git(args),
    gitWith: (index, ...args) => git(args, { GIT_INDEX_FILE: index }),
    async sluice(args, exits = [0]) {
      const ended = await call(process.execPath, [MAIN, ...args], { cwd: repo, env, timeout: RUN_MS_MAX }).then(
        () => ({ code: 0, stderr: '' }),
        (error: { code: number; stderr: string }) => error,
      )
      if (!exits.includes(ended.code)) throw new Error(`sluice ${args.join(' ')}: exit ${ended.code}\n${ended.stderr}`)
    },
    async follow(main, args, { stopAt, act } = {}) {
      rmSync(trace, { force: true })
      const began = performance.now()
      const fuzz: Record<string, string> = {
        FUZZ_TRACE: trace,
        FUZZ_BYSTANDER: bystander.isThere() ? '' : bystander.notes,
      }
      if (stopAt !== undefined) fuzz['FUZZ_STOP_AT'] = stopAt
      if (act !== undefined) {
        Object.assign(fuzz, { FUZZ_ACT: act.script, FUZZ_ACT_ON: act.on.join(), FUZZ_ACT_AT: String(act.at) })
      }
      const program = [process.execPath, '--import', STOP_AT, main, ...args]
      const child = spawn('bash', ['-c', LAUNCHER, 'launcher', ...program], {
        cwd: repo,
        env: { ...env, ...fuzz },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      following = child.pid!
      const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), RUN_MS_MAX)
      const events: Event[] = []
      let recoveryMs: number | null = null
      let [hasAnswered, stdout, stderr] = [false, '', '']
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      createInterface({ input: child.stdout }).on('line', (line) => {
        stdout += `${line}\n`
        if (!args.includes('--json')) return void (hasAnswered = true)
        const event = JSON.parse(line) as Event
        events.push(event)
        if (!RECOVERY.has(event.type)) recoveryMs ??= performance.now() - began
      })
      const exit = await new Promise<number | null>((resolve) => child.once('close', resolve))
      following = null
      clearTimeout(timer)
      const moments = linesOf(trace)
      return { exit, moments, recoveryMs, events, hasAnswered, stdout, stderr }
    },
    async save(name) {
      rmSync(saved(name), { recursive: true, force: true })
      await call('cp', ['-a', dir, saved(name)])
    },
    async restore(name) {
      bystander.dismiss()
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
      await call('cp', ['-a', saved(name), dir])
    },
    [Symbol.dispose]: clear,
  }
}
