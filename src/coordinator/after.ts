/** The user's own validation once the queue has drained (`after:`), on the tip that the run has made. */
import { commitOf, readTip } from '../landing/tip.ts'
import { passed } from '../model/landing.ts'
import type { Context } from './context.ts'
import type { RedTarget } from './culprit.ts'
import { ask, redEvidence } from './gating.ts'

/** The first check that is red; null when all passed, or when there is nothing to validate. */
export async function runAfter(context: Context): Promise<RedTarget | null> {
  const { ledger, repo, target, config } = context
  const hasLanded = [...ledger.rows.values()].some(({ state }) => state.state === 'landed')
  if (config.after.length === 0 || !hasLanded) return null
  const tip = await readTip(repo, target)
  const commit = commitOf(tip)
  let red: RedTarget | null = null
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
    if (!passed(verdict.results)) red ??= { commit, checks: [check], what: redEvidence(verdict.results).message }
  }
  return red
}

/** Each check has a limit of its own; this one only keeps a forgotten one from holding the run for ever. */
const AFTER_MS_MAX = 24 * 3600_000
