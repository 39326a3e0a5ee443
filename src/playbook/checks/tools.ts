/** Is there anything that could do the work? */
import { fail, ok, warn, type Check } from '../check.ts'
import type { Facts } from '../facts.ts'

/** The tool that is a person. */
const MANUAL = 'manual'

export function checkTools({ tools, config }: Facts): Check[] {
  if (config === null) return []
  const usable = tools.filter(({ reason }) => reason === null).map(({ id }) => id)
  const unusable = tools.filter(({ reason }) => reason !== null)
  const reasons = unusable.map(({ id, reason }) => `${id}: ${reason}`).join('; ')
  const fix = 'sluice tools shows what was found; install one, or name another in tools.order'
  if (usable.length === 0) return [fail('tools', 'E106', `no tool of the order can be used (${reasons})`, fix)]
  if (usable.every((id) => id === MANUAL)) {
    const why = reasons === '' ? '' : ` (${reasons})`
    return [warn('tools', 'E106', `only you are left: every workstream will wait for a person${why}`, fix)]
  }
  if (unusable.length > 0) return [warn('tools', 'E106', `${usable.join(', ')}; not usable: ${reasons}`, fix)]
  return [ok('tools', usable.join(', '))]
}
