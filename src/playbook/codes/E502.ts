/** The workstream's own acceptance tests failed. */
import type { Entry } from '../entry.ts'

export const E502: Entry = {
  code: 'E502',
  seen: ["The workstream's own tests failed on its work"],
  symptom: "The work was done, and one of the workstream's acceptance commands failed on it.",
  detect: 'By the exit codes of its acceptance commands on a clean checkout of its work.',
  diagnosis:
    'The commands run on a clean checkout of the work, not where the tool worked: what is ignored or was ' +
    'not committed by anybody is not there. `sluice plan` shows which tests are executed and which are ' +
    'read as prose.',
  automatic: 'The same tool tries once more with the failure in its brief, then the next tool.',
  manual: [
    'sluice logs ID',
    'sluice plan   # how each acceptance test was read',
    'sluice retry ID --note "what the test expects"',
    '# acceptance: show in sluice.yaml, when these tests cannot run here',
  ],
}
