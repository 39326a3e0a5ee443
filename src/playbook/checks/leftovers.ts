/** Has anything been left behind by what ended, and what does it take on the disk? Findings of this kind stop no run. */
import { shellWord } from '../../process/shell-word.ts'
import { ok, warn, type Check } from '../check.ts'
import type { Leftovers } from '../leftovers/find.ts'
import { bytesText } from './machine.ts'

const FIX = 'sluice doctor --fix'

/** Names shown in one line. */
const SHOWN_MAX = 3

/** Where we cannot look. BSD's letters, which every `ps` knows: the environment of all own processes. */
const SEEK_ORPHANS = 'ps axeww | grep SLUICE_NONCE'

export function checkLeftovers({ locks, worktrees, orphans, tellsHolders, slots }: Leftovers): Check[] {
  const stale = locks.filter(({ owner }) => owner === 'none').map(({ path }) => path)
  const held = locks.filter(({ owner }) => owner !== 'none').map(({ path }) => path)
  return [
    checkLocks(stale, held, tellsHolders),
    worktrees.length === 0
      ? ok('worktrees', 'every listed worktree is there')
      : warn('worktrees', 'E401', `listed, but their folder is gone: ${shown(worktrees)}`, FIX),
    checkOrphans(orphans),
    checkSlots(slots),
  ]
}

function checkLocks(stale: readonly string[], held: readonly string[], tellsHolders: boolean): Check {
  if (stale.length > 0) return warn('locks', 'E404', `left behind, and held by nobody: ${shown(stale)}`, FIX)
  if (held.length === 0) return ok('locks', 'none was left behind')
  if (tellsHolders) return ok('locks', `${shown(held)}: somebody may be at work there`)
  const message = `${shown(held)}: this system does not tell who holds it, so --fix leaves it`
  return warn('locks', 'E404', message, `when no git is at work: rm ${shellWord(held[0]!)}`)
}

function checkOrphans(orphans: Leftovers['orphans']): Check {
  if (orphans === null) {
    const message = 'this system does not tell whether a process outlived its attempt, so --fix ends none'
    return warn('orphans', 'E403', message, SEEK_ORPHANS)
  }
  if (orphans.length === 0) return ok('orphans', 'no process outlived its attempt')
  const message = `${orphans.length} process(es) outlived ${shown([...new Set(orphans.map(({ of }) => of))])}`
  return warn('orphans', 'E403', message, FIX)
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
