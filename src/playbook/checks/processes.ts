/** How the processes of tools are looked after here, and what that cannot promise. */
import type { System } from '../../process/system.ts'
import { ok, warn, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'

/** What each way does not see. */
const UNSEEN: Readonly<Record<Exclude<System, 'proc'>, string>> = {
  ps: 'not seen are what a tool reads and writes, CPU of its children that ended between two looks, and kills by the system for lack of memory',
  windows:
    'not seen are what a tool reads and writes, and kills by the system for lack of memory; a look takes half a second, so there is one in 30 s',
}

export function checkSupervision({ system, shim }: Pick<Facts, 'system' | 'shim'>): Check {
  const id = 'supervision'
  if (system === 'ps') return ok(id, `portable, by ps: tools outlive this process and are found again; ${UNSEEN.ps}`)
  if (system === 'windows') {
    return warn(id, 'E106', `Sluice has not been proven on Windows; ${UNSEEN.windows}`, 'run it in WSL, as on Linux')
  }
  if (shim.kind === 'shell') return ok(id, 'by /proc: tools outlive this process and are found again')
  const message = `tools run under the portable shim, 10 MB and a tenth of a second more each (missing: ${shim.missing.join(', ')})`
  return warn(id, 'E106', message, 'install util-linux (flock, setsid) and coreutils')
}

/** What each way to find processes misses. */
const SURVIVORS: Readonly<Record<System, string>> = {
  proc: 'one that empties its environment, leaves its session and outlives its parent may survive',
  ps: 'one that leaves the group of its tool and outlives its parent may survive if it shows no environment, as programs of macOS itself never do; so may such a tool whose shim was killed',
  windows:
    'one that outlives its parent may survive, and so may a tool whose shim was killed; nobody is asked before being ended',
}

/** No finding of its own: what is to be done about it is said of the sandbox. */
export function checkProcesses({ sandbox, system, hasGroups }: Pick<Facts, 'sandbox' | 'system' | 'hasGroups'>): Check {
  const [id, ends] = ['processes', 'what a tool starts ends with it'] as const
  if (sandbox?.kind === 'works') return ok(id, `${ends}, by a namespace of its own`)
  if (hasGroups) return ok(id, `${ends}, by a control group of its own`)
  return ok(id, `${ends}, as far as it is found: ${SURVIVORS[system]}`)
}
