/** Has anything been left behind by what ended, and what does it take on the disk? Findings of this kind stop no run. */
import { ok, warn, type Check } from '../check.ts'
import type { Leftovers } from '../leftovers/find.ts'
import { bytesText } from './machine.ts'

const FIX = 'sluice doctor --fix'

/** Names shown in one line. */
const SHOWN_MAX = 3

export function checkLeftovers({ locks, worktrees, orphans, slots }: Leftovers): Check[] {
  const stale = locks.filter(({ owner }) => owner === 'none').map(({ path }) => path)
  const held = locks.filter(({ owner }) => owner !== 'none').map(({ path }) => path)
  const heldText = held.length === 0 ? 'none was left behind' : `${shown(held)}: somebody may be at work there`
  return [
    stale.length === 0
      ? ok('locks', heldText)
      : warn('locks', 'E404', `left behind, and held by nobody: ${shown(stale)}`, FIX),
    worktrees.length === 0
      ? ok('worktrees', 'every listed worktree is there')
      : warn('worktrees', 'E401', `listed, but their folder is gone: ${shown(worktrees)}`, FIX),
    orphans.length === 0
      ? ok('orphans', 'no process outlived its attempt')
      : warn(
          'orphans',
          'E403',
          `${orphans.length} process(es) outlived ${shown([...new Set(orphans.map(({ of }) => of))])}`,
          FIX,
        ),
    checkSlots(slots),
  ]
}

function checkSlots(slots: Leftovers['slots']): Check {
  const stale = slots.filter(({ use }) => use === 'stale')
  const freed = slots.filter(({ use }) => use === 'stale' || use === 'spare').reduce((sum, { bytes }) => sum + bytes, 0)
  const all = slots.reduce((sum, { bytes }) => sum + bytes, 0)
  if (slots.length === 0) return ok('slots', 'there are none yet')
  const sizes = slots.slice(0, SHOWN_MAX).map(({ name, bytes }) => `${name} ${bytesText(bytes)}`)
  const rest = slots.length > SHOWN_MAX ? ', ...' : ''
  const message = `${bytesText(all)} in ${slots.length} (${sizes.join(', ')}${rest}); \`sluice clean\` would free ${bytesText(freed)}`
  if (stale.length === 0) return ok('slots', message)
  return warn('slots', 'E401', `${shown(stale.map(({ name }) => name))} are half made or have no seat; ${message}`, FIX)
}

function shown(names: readonly string[]): string {
  const hidden = names.length - SHOWN_MAX
  return `${names.slice(0, SHOWN_MAX).join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
}
