/** Are tools and checks kept to their own slot and within their memory, as sluice.yaml asks? */
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

/** A model is asked over the network, also one on this machine, and `strict` has none. */
export function checkReach({ tools }: Pick<Facts, 'tools'>, { sandbox: level }: Pick<Config, 'sandbox'>): Check[] {
  const cut = tools.filter(({ asksModel }) => asksModel).map(({ id }) => id)
  if (level !== 'strict' || cut.length === 0) return []
  const message = `sandbox: strict has no network, so no model can be reached by ${cut.join(', ')}`
  return [warn('reach', 'E303', message, 'sandbox: auto keeps tools to their slot and leaves them the network')]
}

export function checkMemoryLimit(
  { limitsMemory, system }: Pick<Facts, 'limitsMemory' | 'system'>,
  { limits: { memoryLimitMb } }: Pick<Config, 'limits'>,
): Check[] {
  if (memoryLimitMb === null) return []
  if (limitsMemory) return [ok('memory-limit', `${memoryLimitMb} MB for each agent, kept by the kernel`)]
  if (system !== 'proc') {
    const message = `${memoryLimitMb} MB for each agent are not kept: there are no control groups on this system`
    return [warn('memory-limit', 'E301', message, 'fewer at once: sluice run --agents N')]
  }
  const message = `${memoryLimitMb} MB for each agent are not kept: this user may not limit memory here`
  return [warn('memory-limit', 'E301', message, 'systemd-run --user --scope -p Delegate=yes sluice run')]
}
