/** What the tests of this room share: a repository with an agent's slot prepared in it. */
import { join } from 'node:path'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { prepareSlot, type Preparation, type Slot, slotAt } from '../../src/git/slot.ts'
import { type Taken, type TakeOver, takeOver } from '../../src/git/take-over.ts'
import { type Scratch, type ScratchOptions, scratch } from '../kit/repository.ts'

export const PERSON = { name: 'Agent', email: 'agent@example.org' }

export interface Room extends AsyncDisposable {
  at: Scratch
  repo: Repository
  slot: Slot
  base: string
  prepare(order?: Partial<Preparation>): Promise<{ created: boolean }>
  take(order?: Partial<TakeOver>): Promise<Taken>
  /** Git as the agent runs it, in its worktree. */
  agent(...args: string[]): Promise<string>
  /** A file in the agent's worktree. */
  write(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
}

/** A repository whose checkout is on `human`, so that `main` is free, with `agent-1` prepared at its commit. */
export async function room(options: ScratchOptions = {}): Promise<Room> {
  await using stack = new AsyncDisposableStack()
  const at = stack.use(await scratch(options))
  const base = await at.git(['rev-parse', 'HEAD'])
  await at.git(['switch', '-q', '-c', 'human'])
  const repo = await openRepository(at.root)
  const slot = slotAt(join(at.dir, 'work'), 'agents', 1)
  const self: Room = {
    at,
    repo,
    slot,
    base,
    prepare: (order = {}) => prepareSlot(repo, slot, { base, branch: 'ws/a', keep: [], identity: PERSON, ...order }),
    take: (order = {}) =>
      takeOver(repo, slot, {
        base,
        ref: 'refs/sluice/wip/a/1',
        branch: 'ws/a',
        message: 'work of a',
        author: PERSON,
        dateSeconds: 1_700_000_000,
        maxBytes: 100_000_000,
        ...order,
      }),
    agent: (...args) => at.git(args, slot.worktree),
    write: (path, text) => at.write(join(slot.worktree, path), text),
    read: (path) => at.read(join(slot.worktree, path)),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
  await self.prepare()
  stack.move()
  return self
}

/** Narrows a result to the kind that a test expects. */
export function assertKind<T extends { kind: string }, K extends T['kind']>(
  value: T,
  kind: K,
): asserts value is Extract<T, { kind: K }> {
  if (value.kind !== kind) throw new Error(`expected ${kind}, got ${JSON.stringify(value)}`)
}
