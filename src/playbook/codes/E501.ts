/** The gate is red on the merged tree. */
import type { Entry } from '../entry.ts'

export const E501: Entry = {
  code: 'E501',
  seen: ['The gate is red on the merged tree; the target did not move'],
  symptom: 'The gate failed on the commit that would have landed. The target did not move.',
  detect: 'By the exit codes of the gate commands on a clean checkout of exactly the commit that would land.',
  diagnosis:
    'Often the work passes by itself and fails together with what landed meanwhile: the gate runs on ' +
    'exactly the merged tree. The end of its output is in the report.',
  automatic: 'The same tool tries once more with the failure in its brief, then the next tool. The work stays pinned.',
  manual: [
    'sluice logs ID   # the attempt, and the output of the gate',
    'sluice open ID   # the work brought to the target, in a worktree: run the gate there; then sluice submit ID',
    'sluice retry ID --note "which test fails, and why"',
  ],
}
