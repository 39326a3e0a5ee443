/**
 * The target is never red by our own doing: when a test that runs Sluice comes to its end, everything that we have moved the
 * target to is gated once more, in a folder of its own. What people put there is their affair.
 */
import { join } from 'node:path'
import { createJudge, isOurs, redTargets } from '../../scripts/gate-history.ts'
import type { Scratch } from './repository.ts'

/** Throws with the commits when there are any. `gate`: as in `sluice.yaml`, filters left out; what cannot be read is none. */
export async function assertNeverRed({ dir, root, env }: Scratch, gate: unknown): Promise<void> {
  const commands = commandsOf(gate)
  if (commands.length === 0) return
  const judge = createJudge({ commands, env, folder: dir })
  const red = await redTargets(join(root, '.git'), 'main', judge, isOurs)
  if (red.length > 0) throw new Error(`red by our own doing:\n${red.join('\n')}`)
}

function commandsOf(gate: unknown): string[] {
  const entries: unknown[] = Array.isArray(gate) ? gate : [gate]
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return [entry]
    return typeof entry === 'object' && entry !== null && 'run' in entry ? [String(entry.run)] : []
  })
}
