/** Are tools and checks kept to their own slot, as sluice.yaml asks? */
import type { Config } from '../../model/config.ts'
import { sandboxProblem } from '../../process/sandbox-probe.ts'
import { fail, ok, warn, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'

const OFF = 'sandbox: off in sluice.yaml says that this is intended'

export function checkSandbox({ sandbox: probe }: Facts, { sandbox: level }: Config): Check[] {
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
