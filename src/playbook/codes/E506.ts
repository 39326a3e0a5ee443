/** The gate is red before anything was done. */
import type { Entry } from '../entry.ts'

export const E506: Entry = {
  code: 'E506',
  seen: ['`run` does not begin: the gate is red on the untouched target'],
  symptom: 'The run does not begin: the gate fails on the target as it is.',
  detect: 'By running the gate on the target before the first attempt, and whenever somebody else has moved it.',
  diagnosis:
    'Every landing would fail for a reason that no agent is to blame for. The gate runs on a clean ' +
    'checkout: it may miss dependencies (`workspace.setup`), files that are not committed ' +
    '(`workspace.copy`), or the branch is really broken.',
  automatic: 'Nothing was started.',
  manual: [
    'git worktree add --detach /tmp/base main   # then run the gate there, as Sluice does',
    'sluice run --allow-red-base   # when the plan is there to repair it',
  ],
}
