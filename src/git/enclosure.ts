/**
 * What a tool or a check in a slot may see and write of this machine. Its own slot, and of the user's repository the
 * objects that the hub borrows: read only, for one may write an object that the user's gc then takes for reachable.
 */
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { Area } from '../process/leads.ts'
import type { Enclosure } from '../process/sandbox.ts'
import { type SandboxLevel, sandboxProgram } from '../process/sandbox-probe.ts'
import type { Repository } from './repository.ts'
import type { Slot } from './slot.ts'
import { objectFolders } from './template.ts'

/** Services of the user and of the system that would start programs for whoever asks; names are still looked up. */
const SERVICES = ['/run/user', '/run/dbus', '/run/systemd'] as const
const NAME_SERVICE = '/run/systemd/resolve'

/**
 * The box for a slot at this level, or null when it runs without one. `readable` and `writable`: what it may read or
 * write besides, in places that are hidden otherwise. Throws E106 when the level is `strict` and there is no sandbox.
 */
export async function slotEnclosure(
  repo: Repository,
  slot: Slot,
  level: SandboxLevel,
  { readable = [], writable = [] }: { readable?: readonly string[]; writable?: readonly string[] } = {},
): Promise<Enclosure | null> {
  const program = sandboxProgram(level)
  if (program === null) return null
  const objects = await objectFolders(repo.objects)
  const borrowed = [...objects, join(repo.gitDir, 'lfs'), join(repo.gitDir, 'modules')]
  const hidden = [repo.gitDir, join(repo.stateRoot, '.sluice'), workOf(slot), ...SERVICES]
  return {
    program,
    network: level !== 'strict',
    areas: areasOf(repo),
    rules: [
      ...hidden.map((path) => [path, 'hidden'] as const),
      ...[...borrowed, ...readable, NAME_SERVICE].map((path) => [path, 'readable'] as const),
      ...[slot.worktree, slot.hub, slot.home, slot.tmp, ...writable].map((path) => [path, 'writable'] as const),
    ],
  }
}

/** The folder of all slots: those of the others are no business of this one. */
function workOf(slot: Slot): string {
  return dirname(dirname(slot.dir))
}

function areasOf({ root, stateRoot }: Repository): Area[] {
  return [
    ...homes().map((path): Area => ({ path, opens: 'entry', isScratch: false })),
    ...['/tmp', '/var/tmp'].map((path): Area => ({ path, opens: 'entry', isScratch: true })),
    ...[...new Set([root, stateRoot])].map((path): Area => ({ path, opens: 'all', isScratch: false })),
  ]
}

/** What HOME says, and what the system does: root may be at work with the HOME of somebody else. */
function homes(): string[] {
  const found = new Set<string>()
  for (const ask of [homedir, () => userInfo().homedir]) {
    try {
      found.add(ask())
    } catch {
      // A number without a name, as containers give out, has no home.
    }
  }
  return [...found]
}
