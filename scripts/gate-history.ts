/**
 * Was the target ever red? Every commit that a branch has pointed at, by its reflog, is put into a folder of its own and gated
 * there with the user's own commands, by nobody of Sluice. The same tree is asked once.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { REFLOG_MESSAGE } from '../src/git/fast-forward.ts'

const call = promisify(execFile)

/** A gate that waits for something must not be waited for. */
const GATE_MS_MAX = 20_000

export interface Moved {
  /** null: the branch was made. */
  from: string | null
  to: string
  message: string
}

/** Every move of a branch (short name), oldest first. `gitDir` is the repository's, not a worktree's. */
export function movesOf(gitDir: string, branch: string): Moved[] {
  const file = join(gitDir, 'logs', 'refs', 'heads', branch)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  return lines.map((line) => {
    const [from, to] = line.split(' ', 2) as [string, string]
    return { from: /^0+$/.test(from) ? null : from, to, message: line.slice(line.indexOf('\t') + 1) }
  })
}

export interface Judge {
  /** The first command of the gate that is red on this commit, with what it said; null: it is green. */
  redOn(gitDir: string, commit: string): Promise<string | null>
}

export interface Gate {
  commands: readonly string[]
  /** The whole environment of the commands, beside what a gate slot sets. */
  env: Readonly<Record<string, string>>
  /** Trees are put into folders in here, and removed again. */
  folder: string
}

/** One that remembers what it has seen. */
export function createJudge(gate: Gate): Judge {
  const known = new Map<string, Promise<string | null>>()
  return {
    async redOn(gitDir, commit) {
      const args = [`--git-dir=${gitDir}`, 'rev-parse', `${commit}^{tree}`]
      const tree = (await call('git', args, { env: gate.env })).stdout.trim()
      const answer = known.get(tree) ?? judge(gitDir, tree, gate)
      known.set(tree, answer)
      return await answer
    },
  }
}

async function judge(gitDir: string, tree: string, { commands, env, folder }: Gate): Promise<string | null> {
  const place = mkdtempSync(join(folder, 'sluice-judged-'))
  try {
    const [worktree, home, tmp] = ['worktree', 'home', 'tmp'].map((name) => join(place, name)) as [
      string,
      string,
      string,
    ]
    for (const made of [worktree, home, tmp]) mkdirSync(made)
    const ownIndex = { env: { ...env, GIT_INDEX_FILE: join(place, 'index') } }
    const git = [`--git-dir=${gitDir}`, `--work-tree=${worktree}`]
    await call('git', [...git, 'read-tree', tree], ownIndex)
    await call('git', [...git, 'checkout-index', '-a', '-q'], ownIndex)
    for (const command of commands) {
      const { exit, output } = await shell(command, worktree, { ...env, HOME: home, TMPDIR: tmp, CI: 'true' })
      if (exit !== 0)
        return `${command}: ${exit === null ? 'it was stopped' : `exit ${exit}`} ${output.slice(-500)}`.trim()
    }
    return null
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function shell(
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ exit: number | null; output: string }> {
  const child = spawn('/bin/sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), GATE_MS_MAX)
  const exit = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearTimeout(timer)
  // What it leaves running may hold them open.
  for (const stream of [child.stdout, child.stderr]) stream.destroy()
  return { exit, output }
}

/** Was the branch moved by Sluice? */
export function isOurs({ message }: Moved): boolean {
  return message.startsWith(REFLOG_MESSAGE)
}

/** Commits that the branch ever pointed at and that are red, in words; of those that `counts` names: people's are their own affair. */
export async function redTargets(
  gitDir: string,
  branch: string,
  judge: Judge,
  counts: (moved: Moved) => boolean,
): Promise<string[]> {
  const found: string[] = []
  for (const moved of movesOf(gitDir, branch)) {
    if (!counts(moved)) continue
    const red = await judge.redOn(gitDir, moved.to)
    if (red !== null) found.push(`${branch} pointed to ${moved.to}, which is red: ${red}`)
  }
  return found
}
