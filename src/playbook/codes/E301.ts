/** Out of memory. */
import type { Entry } from '../entry.ts'

export const E301: Entry = {
  code: 'E301',
  seen: ['A tool was killed or aborted for want of memory (exit 134 or 137)'],
  symptom: 'A tool or something that it started was ended because there was no memory left.',
  detect: 'By the phrases of runtimes in the last lines of the log; before a run, by memory and seats.',
  diagnosis:
    'Either the system had none left, or the program met a limit of its own (a Node program says "heap ' +
    'out of memory" and exits with 134).',
  automatic: 'The work was pinned and the workstream tried again; the try is not spent.',
  manual: [
    'sluice doctor   # memory, and what the seats may need',
    'sluice run --agents 1   # fewer at once',
    'sluice logs ID',
  ],
}
