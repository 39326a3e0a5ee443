/** A tool that waits for input which nobody gives. */
import type { Entry } from '../entry.ts'

export const E206: Entry = {
  code: 'E206',
  seen: ['A tool stands still at a question'],
  symptom: 'The tool asked a question and waited for an answer.',
  detect: 'By the last line of a log that has fallen silent, when it reads as a question.',
  diagnosis:
    'It was not started in its unattended mode, or it wants a permission. Its standard input is empty, so ' +
    'it would wait for ever.',
  automatic: 'It was ended, its work pinned, and the next tool begun.',
  manual: [
    'sluice logs ID   # the question',
    '# tools.NAME.args in sluice.yaml: the flag for "yes" of that tool',
    'sluice retry ID --note "the answer to its question"',
  ],
}
