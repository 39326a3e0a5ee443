/** A tool that ended badly. */
import type { Entry } from '../entry.ts'

export const E201: Entry = {
  code: 'E201',
  seen: [
    'A tool ended with an error or by a signal',
    'Attempts are lost after the machine or the supervision was killed',
  ],
  symptom: 'The tool ended with an error or was killed by a signal before its work was judged.',
  detect: 'By the exit code that the supervision recorded; without one, by the lock that it no longer holds.',
  diagnosis:
    'The end of its output, in the log of the attempt, usually says why: a missing key, a bad argument, a ' +
    'crash of its own. Exit 134 of a Node program is its own memory limit.',
  automatic:
    'What it had done was pinned, committed or not; the next attempt, with the next tool of the order, ' +
    'starts from there.',
  manual: [
    'sluice logs ID   # the end of its output; -f goes on with it',
    'sluice retry ID --note "what to do differently"',
    'sluice retry ID --fresh   # without the work of earlier attempts',
  ],
}
