/**
 * One life of an orchestrator in the simulated world: what `sluice run` does from the lock to the exit code, with the same
 * parts in the same order (`cli/commands/run.ts`), on what the last one has left.
 */
import { join } from 'node:path'
import { baseGate } from '../../src/coordinator/base-gate.ts'
import { begin } from '../../src/coordinator/begin.ts'
import { Bell } from '../../src/coordinator/bell.ts'
import { type Context, Tasks } from '../../src/coordinator/context.ts'
import { Coordinator } from '../../src/coordinator/coordinator.ts'
import { diskRoom } from '../../src/coordinator/disk-room.ts'
import { sweepGates } from '../../src/coordinator/gating.ts'
import { pathsOf } from '../../src/coordinator/paths.ts'
import { recoverCheckout, recoverLandings } from '../../src/coordinator/recover.ts'
import { SlotPool } from '../../src/coordinator/slot-pool.ts'
import type { Repository } from '../../src/git/repository.ts'
import { commitOf, readTip } from '../../src/landing/tip.ts'
import type { Config } from '../../src/model/config.ts'
import { type ExitCode, SluiceError } from '../../src/model/failure.ts'
import type { MachineFacts } from '../../src/model/machine.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import type { Store } from '../../src/store/store.ts'
import type { Tool } from '../../src/tools/tool.ts'
import { Keys } from '../../src/tools/keys/keys.ts'
import { toolsOf } from '../../src/tools/registry.ts'
import { readClock } from './stand-ins/process/clock.ts'
import { Sampling } from './stand-ins/process/sampling.ts'
import { slotAt } from './stand-ins/git/slot.ts'
import { ROOT, world } from './world/world.ts'

export const PERSON = { name: 'Person', email: 'person@example.invalid' }

export interface Given {
  config: Config
  plan: readonly Workstream[]
  store: Store
  agents: number
  gates: number
  machine: () => MachineFacts
  /** Told when it listens to people. */
  listens: (ears: Ears) => void
}

export interface Ears {
  ring: () => void
  detach: () => void
}

const REPOSITORY: Repository = {
  root: ROOT,
  gitDir: `${ROOT}/.git`,
  worktreeGitDir: `${ROOT}/.git`,
  stateRoot: ROOT,
  objects: `${ROOT}/.git/objects`,
  objectFormat: 'sha1',
  shallow: false,
  head: { branch: 'main', commit: null },
}

/** Of this process. What a move waits for is kept by the name of its journal, and must not outlive who waits. */
let lives = 0

/** Gives the exit code; never, when it is cut off. Anything that it throws is a bug. */
export async function live(given: Given): Promise<ExitCode> {
  try {
    return await run(given)
  } catch (error) {
    if (error instanceof SluiceError) return error.exit
    throw error
  }
}

async function run({ config, plan, store, agents, gates, machine, listens }: Given): Promise<ExitCode> {
  const repo = REPOSITORY
  const { target } = config
  const paths = { ...pathsOf(repo, config), publishJournal: `${ROOT}/.sluice/publish-${++lives}.json` }
  // Made already: writing eight megabytes takes longer than a run.
  world().disk.write(join(paths.state, 'ballast'), '')
  await recoverCheckout(repo, paths)
  const swept = await sweepGates(paths.work)
  const tip = commitOf(await readTip(repo, target))
  const signal = new AbortController().signal
  const verdict = await baseGate({ repo, config, target, paths, tip, store, signal, begins: () => {} })
  const { ledger, opening } = await begin({ store, repo, target, tip, plan, agents, now: Date.now })
  const bell = new Bell()
  const known = toolsOf(config)
  const slots = Array.from({ length: gates }, (_, at) => slotAt(paths.work, 'gates', at + 1))
  const context: Context = {
    ledger,
    repo,
    config,
    paths,
    target,
    identity: PERSON,
    signs: false,
    tools: new Map(config.tools.order.map((name): [string, Tool] => [name, known.get(name)!])),
    gates: new SlotPool(slots),
    bell,
    tasks: new Tasks(bell),
    machine,
    room: diskRoom(ledger, paths, machine),
    sampling: new Sampling() as unknown as Context['sampling'],
    keys: new Keys({ folder: paths.keys, tools: [], environment: {} }),
    now: Date.now,
    clock: readClock,
  }
  await ledger.record({ events: opening })
  if (verdict !== null) await ledger.record({ verdicts: [verdict] })
  await recoverLandings(context, swept)
  const options = { seats: agents, only: null, staysForPeople: false, greenBase: tip, boundMinutes: 1 }
  const coordinator = new Coordinator(context, options)
  listens({ ring: () => bell.ring(), detach: () => coordinator.detach() })
  return await coordinator.run()
}
