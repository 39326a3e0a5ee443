/**
 * Merges of a real history, landed again by the real queue: the branch that was merged is the work of a workstream, the
 * commit that it was merged into is the target, and what comes out is compared with what people committed.
 *
 * All of it happens in a clone in a folder of its own; of the given repository only objects and refs are read.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LAUNCHER = join(dirname(import.meta.dirname), 'bin', 'sluice.js')
/** A merge that takes longer than this hangs; 57,000 files are checked out in seconds. */
const STEP_MS_MAX = 20 * 60_000
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024
const NEEDS_A_HUMAN = 3

export interface MergeCommit {
  commit: string
  into: string
  branch: string
  subject: string
}

export interface Chosen {
  merges: MergeCommit[]
  /** Merges passed over on the way: of more than one branch, and of histories with no commit in common. */
  skipped: { octopus: number; unrelated: number }
}

export interface Replayed extends MergeCommit {
  /** `refused`: the work could not even be handed in, `why` says the reason. */
  outcome: 'landed' | 'conflict' | 'refused'
  /** Of a landing: the tree is the one that was committed. If not, a person edited the merge, or chose a strategy. */
  same: boolean | null
  why: string | null
  /** Paths in conflict. */
  paths: string[]
  ms: number
}

export interface Desk extends AsyncDisposable {
  /** The newest `most` merges reachable from HEAD that can be replayed. */
  choose(most: number): Promise<Chosen>
  replay(merge: MergeCommit): Promise<Replayed>
}

interface Ended {
  exit: number
  stdout: string
  stderr: string
}

/** Clones `repository` into a temporary folder, which goes away with the desk. Throws when it cannot be cloned. */
export async function openDesk(repository: string): Promise<Desk> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'sluice-replay-')))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const [root, home, state, tmp] = ['repo', 'home', 'state', 'tmp'].map((part) => join(dir, part))
  for (const folder of [home!, state!, tmp!]) await mkdir(folder)
  const gitConfig = join(home!, 'gitconfig')
  // Whoever owns the given repository: it is named by the caller, and only read.
  await writeFile(gitConfig, '[safe]\n\tdirectory = *\n[user]\n\tname = Replay\n\temail = replay@localhost\n')
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home!,
    XDG_STATE_HOME: state!,
    TMPDIR: tmp!,
    NODE_COMPILE_CACHE: join(dir, 'compiled'),
    GIT_CONFIG_GLOBAL: gitConfig,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    NO_COLOR: '1',
  }
  const limits = { env, timeout: STEP_MS_MAX, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES_MAX } as const
  const git = async (args: readonly string[], cwd = root!): Promise<string> => {
    return (await run('git', [...args], { ...limits, cwd })).stdout.trimEnd()
  }
  const sluice = async (...args: string[]): Promise<Ended> => {
    try {
      return { exit: 0, ...(await run(process.execPath, [LAUNCHER, ...args], { ...limits, cwd: root! })) }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string }
      if (typeof code !== 'number') throw error
      return { exit: code, stdout, stderr }
    }
  }
  // Copied: where git finds an object that it would write, it touches the file, and a hard link is the same file.
  await git(['clone', '-q', '--no-hardlinks', '--no-checkout', '--no-tags', '--', repository, root!], dir)
  const newest = await git(['rev-parse', 'HEAD'])
  // The checkout is on a branch of its own without a file: targets are moved by their refs alone.
  const nothing = await git([
    'commit-tree',
    '-m',
    'Nothing',
    await git(['hash-object', '-w', '-t', 'tree', '/dev/null']),
  ])
  await git(['update-ref', 'refs/heads/replay-desk', nothing])
  await git(['symbolic-ref', 'HEAD', 'refs/heads/replay-desk'])
  await git(['read-tree', '--empty'])
  await mkdir(join(root!, 'workstreams'))
  const owned = stack.move()
  return {
    async choose(most) {
      const chosen: Chosen = { merges: [], skipped: { octopus: 0, unrelated: 0 } }
      const format = '--format=%H%x1f%P%x1f%s'
      const lines = (await git(['rev-list', '--merges', '--no-commit-header', format, newest])).split('\n')
      for (const line of lines.filter((text) => text !== '')) {
        if (chosen.merges.length === most) break
        const [commit, parents, subject] = line.split('\x1f') as [string, string, string]
        const [into, branch, third] = parents.split(' ')
        if (third !== undefined) chosen.skipped.octopus += 1
        else if (!(await isRelated(git, into!, branch!))) chosen.skipped.unrelated += 1
        else chosen.merges.push({ commit, into: into!, branch: branch!, subject })
      }
      return chosen
    },
    async replay(merge) {
      const began = performance.now()
      const target = `replay/${merge.commit}`
      const id = `merge-${merge.commit.slice(0, 12)}`
      await git(['update-ref', `refs/heads/${target}`, merge.into])
      await writeFile(join(root!, 'sluice.yaml'), JSON.stringify(configuration(target)))
      const plan = [{ id, title: merge.subject, tasks: ['Merge it again'], files_scope: [] }]
      await writeFile(join(root!, 'workstreams', 'plan.json'), JSON.stringify(plan))
      const result = await handIn(sluice, id, merge.branch)
      const landed = result.outcome === 'landed'
      const same = landed ? (await treeOf(git, target)) === (await treeOf(git, merge.commit)) : null
      return { ...merge, ...result, same, ms: Math.round(performance.now() - began) }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

type Git = (args: readonly string[]) => Promise<string>

async function isRelated(git: Git, a: string, b: string): Promise<boolean> {
  return await git(['merge-base', a, b]).then(
    () => true,
    () => false,
  )
}

async function treeOf(git: Git, commit: string): Promise<string> {
  return git(['rev-parse', `${commit}^{tree}`])
}

/** JSON is YAML. */
function configuration(target: string): object {
  return {
    version: 1,
    target,
    workstreams: ['workstreams/*.json'],
    agents: 1,
    tools: { order: ['manual'] },
    gate: ['true'],
    // What an earlier merge has taught must not settle a later one: each is to be seen as it is.
    landing: { resolve: ['human'] },
    sandbox: 'off',
  }
}

/** As a person would do it: begin, hand the branch in, go on. */
async function handIn(
  sluice: (...args: string[]) => Promise<Ended>,
  id: string,
  branch: string,
): Promise<Pick<Replayed, 'outcome' | 'why' | 'paths'>> {
  const refused = ({ stdout, stderr, exit }: Ended): Pick<Replayed, 'outcome' | 'why' | 'paths'> => {
    const lines = `${stderr}\n${stdout}`.split('\n')
    const why = lines.find((line) => /^[EW]\d{3} /.test(line)) ?? `exit ${exit}`
    return { outcome: 'refused', why, paths: [] }
  }
  const begun = await sluice('run', '--no-input')
  if (begun.exit !== NEEDS_A_HUMAN) return refused(begun)
  const submitted = await sluice('submit', id, '--ref', branch)
  if (submitted.exit !== 0) return refused(submitted)
  const ended = await sluice('run', '--no-input')
  if (ended.exit === 0) return { outcome: 'landed', why: null, paths: [] }
  const report = JSON.parse((await sluice('report', '--json')).stdout) as {
    conflicts: { files: { path: string }[] }[]
  }
  const [conflict] = report.conflicts
  if (conflict === undefined) return refused(ended)
  return { outcome: 'conflict', why: null, paths: conflict.files.map(({ path }) => path) }
}
