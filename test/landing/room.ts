/** What the tests of this room share: a repository whose `main` is free, pinned work, and how landings are called. */
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { firstParentTrailers } from '../../src/git/history.ts'
import { buildCandidate, type Built } from '../../src/landing/build.ts'
import { describeConflict } from '../../src/landing/conflict.ts'
import { moveTo } from '../../src/landing/move.ts'
import { publish } from '../../src/landing/publish.ts'
import { commitOf, readTip } from '../../src/landing/tip.ts'
import type { Moved } from '../../src/git/target.ts'
import type { LandingNames } from '../../src/landing/message.ts'
import type { CheckResult, Conflict, Landing } from '../../src/model/landing.ts'
import { type Scratch, type ScratchOptions, scratch } from '../kit/repository.ts'
import { sampleCheck, sampleLanding } from '../store/sample.ts'

export const PERSON = { name: 'Lander', email: 'lander@example.org' }

/** Of every commit that is built here. */
export const DATE_SECONDS = 1_800_000_000

export const GREEN: CheckResult = sampleCheck()
export const RED: CheckResult = sampleCheck({ exit: 1, tail: '1 failed' })

export interface Yard extends AsyncDisposable {
  at: Scratch
  repo: Repository
  base: string
  /** A commit with these files on top of `onto` (default: the first commit); null removes one. */
  work(files: Record<string, string | null>, onto?: string): Promise<string>
  /** Moves `main` by a commit of a person's. */
  push(files: Record<string, string>): Promise<string>
  tip(): Promise<string>
  /** Workstreams that have landed, oldest first, read from the first-parent history of `ref` (default: `main`). */
  landed(ref?: string): Promise<string[]>
  build(works: Record<string, string>, onto?: string, landing?: string): Promise<Built>
  /** Lands a piece of work outside any run, without a gate: on `main`, or beside it (`isPending`). Gives the commit. */
  land(workstream: string, work: string, how?: { isPending?: boolean; landing?: string }): Promise<string>
  /** As the queue would, one at a time: built, gated, moved, and built again when somebody was faster. */
  tryLand(workstream: string, work: string, more?: { gate?: (commit: string) => Promise<void> }): Promise<Tried>
  journalFile: string
}

export type Tried = { kind: 'landed'; commit: string } | { kind: 'conflict'; conflict: Conflict }

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
  const self: Yard = {
    at,
    repo,
    base,
    journalFile: `${at.dir}/publish.json`,
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
    async build(works, onto, name) {
      const parts = Object.entries(works).map(([id, work]) => {
        const landing = { ...intent(id, work), ...(name === undefined ? {} : { id: name }) }
        return { landing, names: names(landing) }
      })
      const order = {
        onto: onto ?? (await self.tip()),
        parts,
        identity: PERSON,
        signs: false,
        dateSeconds: DATE_SECONDS,
      }
      return await buildCandidate(repo, order)
    },
    async land(workstream, work, { isPending = false, landing } = {}) {
      const from = commitOf(await readTip(repo, 'main'))
      const { commit: to } = await self.build({ [workstream]: work }, from, landing)
      const before = await self.tip()
      const move = { repo, target: 'main', from, to, isPending: from !== before }
      const pending = async (): Promise<Moved> => ({ kind: 'pending', reason: 'edited', paths: [] })
      const free = (): Promise<Moved> => publish(repo, 'main', from, to, self.journalFile)
      const moved = await moveTo({ ...move, publish: isPending ? pending : free })
      if (moved.kind !== 'landed') throw new Error(`not landed: ${moved.kind}`)
      return to
    },
    async tryLand(workstream, work, { gate } = {}) {
      for (;;) {
        const from = commitOf(await readTip(repo, 'main'))
        const { commit: to, conflicts } = await self.build({ [workstream]: work }, from)
        const [conflict] = conflicts
        if (conflict !== undefined) {
          const about = { workstream, attempt: 1, onto: from, work, ref: `refs/sluice/wip/${workstream}/1`, at: 0 }
          return { kind: 'conflict', conflict: await describeConflict(repo, about, conflict.merge, async () => null) }
        }
        await gate?.(to)
        const free = (): Promise<Moved> => publish(repo, 'main', from, to, self.journalFile)
        const moved = await moveTo({ repo, target: 'main', from, to, isPending: false, publish: free })
        if (moved.kind === 'landed') return { kind: 'landed', commit: to }
      }
    },
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
  stack.move()
  return self
}
