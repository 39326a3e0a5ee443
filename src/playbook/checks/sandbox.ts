/** Are tools and checks kept to their own slot, as sluice.yaml asks, and do their processes end when they do? */
import type { Config } from '../../model/config.ts'
import { sandboxProblem } from '../../process/sandbox-probe.ts'
import { fail, ok, warn, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'

const OFF = 'sandbox: off in sluice.yaml says that this is intended'

export function checkSandbox(
  { sandbox: probe }: Pick<Facts, 'sandbox'>,
  { sandbox: level }: Pick<Config, 'sandbox'>,
): Check[] {
  if (level === 'off' || probe === null) return [ok('sandbox', 'off: tools and gates run with your rights')]
  if (probe.kind === 'works') {
    const network = level === 'strict' ? ', without network' : ''
    return [ok('sandbox', `${level}: tools and gates write to their own slot only${network}`)]
  }
  const { message, fix } = sandboxProblem(probe)
  if (level === 'strict') {
    return [fail('sandbox', 'E106', `sandbox: strict cannot be kept: ${message}`, `${fix}; or sandbox: auto or off`)]
  }
  return [warn('sandbox', 'E106', `${message}: tools and gates run with your rights`, `${fix}; ${OFF}`)]
}

/** What each way to find processes misses. */
const SURVIVORS: Readonly<Record<Exclude<Facts['containment'], 'group'>, string>> = {
  sweep: 'one that empties its environment, leaves its session and outlives its parent may survive',
  portable: 'without /proc, one that leaves the group of its tool and outlives its parent may survive',
}

/** No finding of its own: what is to be done about it is said of the sandbox. */
export function checkProcesses({ sandbox, containment }: Pick<Facts, 'sandbox' | 'containment'>): Check[] {
  const ends = 'what a tool starts ends with it'
  if (sandbox?.kind === 'works') return [ok('processes', `${ends}, by a namespace of its own`)]
  if (containment === 'group') return [ok('processes', `${ends}, by a control group of its own`)]
  return [ok('processes', `${ends}, as far as it is found: ${SURVIVORS[containment]}`)]
}

export function checkMemoryLimit(
  { limitsMemory }: Pick<Facts, 'limitsMemory'>,
  { limits: { memoryLimitMb } }: Pick<Config, 'limits'>,
): Check[] {
  if (memoryLimitMb === null) return []
  if (limitsMemory) return [ok('memory-limit', `${memoryLimitMb} MB for each agent, kept by the kernel`)]
  const message = `${memoryLimitMb} MB for each agent are not kept: this user may not limit memory here`
  return [warn('memory-limit', 'E301', message, 'systemd-run --user --scope -p Delegate=yes sluice run')]
}
