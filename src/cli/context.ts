/** The composition root of everything that lands: a run, and a rollback when no run is at work. */
import { Bell } from '../coordinator/bell.ts'
import { type Context, Tasks } from '../coordinator/context.ts'
import { diskRoom } from '../coordinator/disk-room.ts'
import type { Ledger } from '../coordinator/ledger.ts'
import { SlotPool } from '../coordinator/slot-pool.ts'
import { landingPerson, readUserIdentity } from '../git/identity.ts'
import { readSigning } from '../git/signing.ts'
import { slotAt } from '../git/slot.ts'
import type { Config } from '../model/config.ts'
import type { MachineFacts } from '../model/machine.ts'
import { readClock } from '../process/clock.ts'
import { cores, readMachine } from '../process/machine.ts'
import { Sampling } from '../process/sampling.ts'
import { Keys } from '../tools/keys/keys.ts'
import type { Tool } from '../tools/tool.ts'
import type { Session } from './session.ts'

/** More gates at once than this gain little: the first red one throws away what stands behind it. */
const GATE_SLOTS_MAX = 4

/** Who lands, and whether what lands is signed. */
type Hand = Pick<Context, 'identity' | 'signs'>

/** As the user's own git has it. */
export async function readHand({ repo }: Session): Promise<Hand> {
  const identity = landingPerson(await readUserIdentity(repo))
  return { identity, signs: (await readSigning(repo, identity)).kind === 'works' }
}

export function openContext(
  { repo, config, paths }: Session,
  ledger: Ledger,
  tools: ReadonlyMap<string, Tool>,
  hand: Hand,
): Context {
  const bell = new Bell()
  const gates = Array.from({ length: gateSlotsOf(config) }, (_, index) => slotAt(paths.work, 'gates', index + 1))
  const places = [
    { what: 'the repository', path: repo.stateRoot },
    { what: 'the slots', path: paths.work },
  ]
  const machine = (): MachineFacts => readMachine(places)
  return {
    ledger,
    repo,
    config,
    paths,
    target: config.target,
    ...hand,
    tools,
    gates: new SlotPool(gates),
    bell,
    tasks: new Tasks(bell),
    machine,
    room: diskRoom(ledger, paths, machine),
    sampling: new Sampling(),
    keys: new Keys({ folder: paths.keys, tools: tools.values(), environment: process.env }),
    now: Date.now,
    clock: readClock,
  }
}

/** As many as candidates may be gated at once; two at least, so that acceptance tests need not wait for a gate. */
function gateSlotsOf({ landing }: Config): number {
  return landing.window === 'auto' ? Math.min(GATE_SLOTS_MAX, Math.max(2, cores())) : landing.window
}
