/** What the tests of this room share: a repository whose `main` is free, pinned work, and the steps of a landing. */
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { firstParentTrailers } from '../../src/git/history.ts'
import { land, type LandingSteps, type LandResult } from '../../src/landing/land.ts'
import type { LandingNames } from '../../src/landing/message.ts'
import { publish } from '../../src/landing/publish.ts'
import type { CheckResult, Landing } from '../../src/model/landing.ts'
import { type Scratch, type ScratchOptions, scratch } from '../kit/repository.ts'
import { sampleCheck, sampleLanding } from '../store/sample.ts'

export const PERSON = { name: 'Lander', email: 'lander@example.org' }

export const GREEN: CheckResult = sampleCheck()
export const RED: CheckResult = sampleCheck({ exit: 1, tail: '1 failed' })

export interface Yard extends AsyncDisposable {
  at: Scratch
  repo: Repository
  base: string
  /** What was journaled, in order. */
  journal: Landing[]
  /** Types of the journaled events, in order. */
  told: string[]
  /** Commits that the gate was asked about and found green. */
  gated: string[]
  /** A commit with these files on top of `onto` (default: the first commit); null removes one. */
  work(files: Record<string, string | null>, onto?: string): Promise<string>
  /** Moves `main` by a commit of a person's. */
  push(files: Record<string, string>): Promise<string>
  tip(): Promise<string>
  /** Workstreams that have landed, oldest first, read from the first-parent history of `ref` (default: `main`). */
  landed(ref?: string): Promise<string[]>
  steps(more?: Partial<LandingSteps>): LandingSteps
  land(workstream: string, work: string, more?: Partial<LandingSteps>): Promise<LandResult>
  journalFile: string
}

export function intent(workstream: string, work: string): Landing {
  const fields = {
    id: `r-${workstream}`,
    onto: '',
    date: 0,
    commit: null,
    gate: [],
    at: null,
    published: false,
    overheadMs: 0,
  }
  return sampleLanding(workstream, { ...fields, stage: 'intent', work })
}

export function names({ workstream, id, attempt }: Landing): LandingNames {
  return { workstream, title: `Title of ${workstream}`, landing: id, attempt, tool: 'aider' }
}

/** `isFree`: nobody has `main` checked out; else the user's checkout is on it. */
export async function yard(options: ScratchOptions & { isFree?: boolean } = {}): Promise<Yard> {
  await using stack = new AsyncDisposableStack()
  const at = stack.use(await scratch(options))
  const base = await at.git(['rev-parse', 'HEAD'])
  if (options.isFree ?? true) await at.git(['switch', '-q', '-c', 'human'])
  const repo = await openRepository(at.root)
  const journalFile = `${at.dir}/publish.json`
  const self: Yard = {
    at,
    repo,
    base,
    journalFile,
    journal: [],
    told: [],
    gated: [],
    async work(files, onto = base) {
      const env = { GIT_INDEX_FILE: `${at.dir}/work.index` }
      await at.git(['read-tree', onto], at.root, env)
      for (const [path, text] of Object.entries(files)) {
        if (text === null) {
          await at.git(['update-index', '--force-remove', path], at.root, env)
          continue
        }
        await at.write(`${at.dir}/blob`, text)
        const blob = await at.git(['hash-object', '-w', `${at.dir}/blob`])
        await at.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], at.root, env)
      }
      const tree = await at.git(['write-tree'], at.root, env)
      return at.git(['commit-tree', tree, '-p', onto, '-m', 'work'])
    },
    async push(files) {
      const before = await self.tip()
      const after = await self.work(files, before)
      await at.git(['update-ref', 'refs/heads/main', after, before])
      return after
    },
    tip: () => at.git(['rev-parse', 'refs/heads/main']),
    async landed(ref = 'refs/heads/main') {
      const history = await firstParentTrailers(repo, await at.git(['rev-parse', ref]))
      return history.flatMap(({ workstream }) => (workstream === null ? [] : [workstream])).toReversed()
    },
    steps: (more = {}) => ({
      repo,
      target: 'main',
      identity: PERSON,
      signs: false,
      now: () => 1_800_000_000_000,
      async record({ landings = [], events = [] }) {
        self.journal.push(...landings)
        self.told.push(...events.map(({ type }) => type))
      },
      async gate(commit) {
        self.gated.push(commit)
        return { results: [GREEN], outsideMs: 0 }
      },
      move: (from, to) => publish(repo, 'main', from, to, journalFile),
      authorOf: () => Promise.resolve(null),
      ...more,
    }),
    land(workstream, work, more) {
      const start = intent(workstream, work)
      return land(self.steps(more), start, names(start), new AbortController().signal)
    },
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
  stack.move()
  return self
}
