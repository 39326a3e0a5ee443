/** The gate was red and then green on the same commit. */
import type { Entry } from '../entry.ts'

export const E504: Entry = {
  code: 'E504',
  seen: ['The gate was red and then green on the same commit'],
  symptom: 'The gate failed, was asked once more on exactly the same commit, and passed.',
  detect: 'By asking a red gate once more on exactly the same commit.',
  diagnosis:
    'Nothing differed between the two runs but time and load: a check depends on something else than the tree. The ' +
    'usual ones are time limits, ports, order of tests, and files outside the checkout.',
  automatic: 'The work landed, for it has passed. Without the second run it would have been refused for nothing.',
  manual: [
    'sluice logs ID   # both outputs of the gate, one after the other',
    'sluice report   # the receipt of the landing',
  ],
}
