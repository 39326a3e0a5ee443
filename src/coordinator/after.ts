/** The user's own validation once the queue has drained (`after:`), on the tip that the run has made. */
import { commitOf, readTip } from '../landing/tip.ts'
import { passed } from '../model/landing.ts'
import type { Context } from './context.ts'
import { ask } from './gating.ts'

/** True when all of it passed, or when there is nothing to validate: no `after`, or nothing has landed. */
export async function runAfter(context: Context): Promise<boolean> {
  const { ledger, repo, target, config } = context
  const hasLanded = [...ledger.rows.values()].some(({ state }) => state.state === 'landed')
  if (config.after.length === 0 || !hasLanded) return true
  const tip = await readTip(repo, target)
  const commit = commitOf(tip)
  let green = true
  // One by one: the table shows every row, also those behind a red one.
  for (const check of config.after) {
    const asked = {
      kind: 'after',
      commit,
      tree: null,
      onto: null,
      checks: [check],
      workstream: null,
      attempt: null,
    } as const
    const verdict = await ask(context, { ...asked, log: 'after' }, AbortSignal.timeout(AFTER_MS_MAX))
    green &&= passed(verdict.results)
  }
  return green
}

/** Each check has a limit of its own; this one only keeps a forgotten one from holding the run for ever. */
const AFTER_MS_MAX = 24 * 3600_000
