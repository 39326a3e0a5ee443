/**
 * A repository with a plan that a test has in its hands: the scripted tool stops where the test says and goes on when
 * the test says, through files in `marks/` beside the repository.
 */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { untilExists } from '../../src/process/appear.ts'
import type { ReportDocument } from '../../src/observe/report.ts'
import type { StatusDocument, StatusRow } from '../../src/observe/status.ts'
import { scratch, type Scratch } from './repository.ts'
import { type Background, type Ended, PATIENCE_MS, type Place, sluice, startSluice } from './sluice.ts'
import { endStrays } from './traces.ts'
import { assertNeverRed } from './watch.ts'

export type Steps = readonly Record<string, unknown>[]

export interface PlanOptions {
  /** Keys of `sluice.yaml` that differ from `BASICS`; a key that is undefined is left out. */
  config?: Record<string, unknown>
  /** Fields beside `id`; what is not said is a task, and `files_scope: [<id>.txt, <id>]`. */
  workstreams?: readonly ({ id: string } & Record<string, unknown>)[]
  /** Steps of the demo tool by workstream, or one list per attempt. By default everybody writes `<id>.txt`. */
  script?: Record<string, Steps | readonly Steps[]>
  /** Further files of the first commit, `{marks}` filled in; those that begin with `#!` can be executed. */
  files?: Record<string, string>
  /** Where it is made; the system's folder for temporary files unless told otherwise. */
  within?: string
}

export interface PlannedRepository extends Scratch {
  place: Place
  /** Where slots go: XDG_STATE_HOME. */
  state: string
  /** TMPDIR: what is left here was left behind. */
  tmp: string
  /** Runs `sluice` here, to its end. */
  sluice(...args: string[]): Promise<Ended>
  /** Starts it here, with `--json`. */
  start(...args: string[]): Background
  report(): Promise<ReportDocument>
  status(): Promise<StatusDocument>
  /** One row of `status`. */
  row(id: string): Promise<StatusRow>
  /** The folder of an attempt, like `a.1`, of the only run that there was. */
  attemptFolder(name: string): Promise<string>
  /** Path of a mark, for `wait` and `signal` steps and for shell scripts. */
  mark(name: string): string
  /** Makes a mark: who waits for it goes on. */
  go(name: string): Promise<void>
  /** Waits until somebody has made a mark. */
  reached(name: string): Promise<void>
  /** Workstreams of the landings on `branch`, oldest first, from the trailers of its first parents. */
  landed(branch?: string): Promise<string[]>
}

/** Steps that show that they were reached (`<name>-began`) and wait for the test (`<name>-go`). */
export function held(name: string): Steps {
  return [{ signal: `marks/${name}-began` }, { wait: `marks/${name}-go` }]
}

/**
 * A gate that does the same as soon as `path` is in the tree: a file for `PlanOptions.files`. Each time it runs it
 * adds a line to the mark; a forgotten one ends by itself after half a minute.
 */
export function heldGate(name: string, path: string): string {
  return `#!/bin/sh
[ -e ${path} ] || exit 0
echo >>{marks}/${name}-began
${untilMark(`${name}-go`)}
[ -e {marks}/${name}-go ]
`
}

/** A line of shell that waits for a mark, in a file of `PlanOptions.files`. A forgotten one goes on after half a minute. */
export function untilMark(name: string): string {
  return `i=0; while [ ! -e {marks}/${name} ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i + 1)); done`
}

/** Makes the repository, with one commit that holds configuration and plan. Use it with `await using`. */
export async function planned(options: PlanOptions = {}): Promise<PlannedRepository> {
  const { config = {}, workstreams = [{ id: 'a' }], script = {}, files = {}, within = tmpdir() } = options
  await using stack = new AsyncDisposableStack()
  const repo = stack.use(await scratch({ within }))
  stack.defer(() => endStrays(repo.dir))
  const marks = join(repo.dir, 'marks')
  const state = join(repo.dir, 'state')
  const tmp = join(repo.dir, 'tmp')
  const scriptFile = join(repo.dir, 'script.json')
  for (const folder of [marks, state, tmp]) await mkdir(folder)
  const everybody = [{ write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }]
  await writeFile(scriptFile, JSON.stringify({ workstreams: { '*': everybody, ...script } }))
  const basics = {
    version: 1,
    target: 'main',
    workstreams: ['workstreams/*.json'],
    agents: 2,
    tools: { order: ['demo'], demo: { script: scriptFile } },
    limits: { timeout_minutes: 1, idle_minutes: 1, attempts: 2 },
    gate: [],
    sandbox: 'off',
    // Whatever else this machine does: nobody here waits for its memory.
    watch: { memory: { warn: [100, '0s'], critical: [100, '0s'] } },
  }
  await repo.write('sluice.yaml', `${JSON.stringify({ ...basics, ...config }, null, 2)}\n`)
  const list = workstreams.map((one) => ({ tasks: ['Write it'], files_scope: [`${one.id}.txt`, one.id], ...one }))
  await repo.write('workstreams/plan.json', `${JSON.stringify(list, null, 2)}\n`)
  for (const [path, text] of Object.entries(files)) {
    await repo.write(path, text.replaceAll('{marks}', marks))
    if (text.startsWith('#!')) await chmod(join(repo.root, path), 0o755)
  }
  await repo.commit('plan')
  // Node's own cache of compiled sources goes where it always goes: it would fill every test's TMPDIR.
  const cache = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') }
  const env = { ...repo.env, ...cache, XDG_STATE_HOME: state, TMPDIR: tmp, NO_COLOR: '1' }
  const place: Place = { cwd: repo.root, env }
  const run = (...args: string[]): Promise<Ended> => sluice(args, place)
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run(...args, '--json')).stdout)
  const status = async (): Promise<StatusDocument> => (await json('status')) as StatusDocument
  stack.defer(() => assertNeverRed(repo, { ...basics, ...config }.gate))
  const owned = stack.move()
  return {
    ...repo,
    place,
    state,
    tmp,
    sluice: run,
    start: (...args) => startSluice(args, place),
    report: async () => (await json('report')) as ReportDocument,
    status,
    async row(id) {
      return (await status()).workstreams.find((row) => row.id === id)!
    },
    async attemptFolder(name) {
      const runs = join(repo.root, '.sluice/runs')
      const [run] = await readdir(runs)
      return join(runs, run!, 'attempts', name)
    },
    mark: (name) => join(marks, name),
    go: (name) => writeFile(join(marks, name), ''),
    async reached(name) {
      if (!(await untilExists(join(marks, name), { timeoutMs: PATIENCE_MS })))
        throw new Error(`${name} was never reached`)
    },
    async landed(branch = 'main') {
      const format = '--format=%(trailers:key=Sluice-Workstream,valueonly,separator=%x2C)'
      const found = await repo.git(['log', '--first-parent', '--reverse', format, branch])
      return found.split('\n').filter((id) => id !== '')
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
