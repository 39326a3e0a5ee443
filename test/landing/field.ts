/** What the tests of "What agents leave behind" share: attempts of a shell script, and the landing of what they left. */
import { runAttempt } from '../../src/attempt/attempt.ts'
import type { Settled } from '../../src/attempt/settle.ts'
import { readRef } from '../../src/git/refs.ts'
import type { Config } from '../../src/model/config.ts'
import { workshop } from '../attempt/room.ts'
import { assertKind } from '../git/room.ts'
import { sampleWorkstream } from '../store/sample.ts'
import { configOf } from '../tools/stage.ts'
import { type Yard, yard } from './room.ts'

export interface Field extends Yard {
  /** One attempt of `id` from the first commit, by `sh -c script` in its slot; every call is the first one. */
  agent(id: string, script: string, config?: (config: Config) => Config): Promise<Settled>
  /** The same, for work that is sound; gives its tip. */
  sound(id: string, script: string): Promise<string>
  /** What is pinned of the attempt of `id`. */
  pinned(id: string): Promise<string | null>
  /** A file of the pinned work, or of any commit. */
  show(commit: string, path: string): Promise<string>
  /** Paths of a commit. */
  paths(commit: string): Promise<string[]>
}

/** A repository with these files; its checkout is not on `main`. `arrange` may add to the first commit. */
export async function field(
  files: Record<string, string> = { 'README.md': 'hello\n' },
  arrange: (y: Yard) => Promise<unknown> = () => Promise.resolve(),
): Promise<Field> {
  await using stack = new AsyncDisposableStack()
  const y = stack.use(await yard({ files, isFree: false }))
  await arrange(y)
  const w = stack.use(await workshop({ at: y.at }))
  const owned = stack.move()
  const agent: Field['agent'] = async (id, script, config = (same) => same) => {
    const workstream = sampleWorkstream(id, { filesScope: [] })
    const job = w.job(script, { workstream, config: config(configOf(['script'], {})) }, { workstream: id })
    const ended = await runAttempt({ ...job, dir: `${job.dir}-${id}` }, new AbortController().signal)
    assertKind(ended, 'settled')
    return ended
  }
  return {
    ...y,
    repo: w.repo,
    base: w.base,
    agent,
    async sound(id, script) {
      const { outcome, work } = await agent(id, script)
      if (outcome.kind !== 'ok') throw new Error(`${id} is not sound: ${outcome.message}`)
      return work!
    },
    pinned: (id) => readRef(w.repo, `refs/sluice/wip/${id}/1`),
    show: (commit, path) => y.at.git(['show', `${commit}:${path}`]),
    paths: async (commit) => (await y.at.git(['ls-tree', '-r', '--name-only', commit])).split('\n'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
