/** Out of memory. */
import type { Entry } from '../entry.ts'

export const E301: Entry = {
  code: 'E301',
  seen: ['A tool was killed or aborted for want of memory (exit 134 or 137)'],
  symptom: 'A tool or something that it started was ended because there was no memory left.',
  detect: 'By the phrases of runtimes in the last lines of the log; before a run, by memory and seats.',
  diagnosis:
    'Either the system had none left, or the program met a limit of its own (a Node program says "heap ' +
    'out of memory" and exits with 134). Fewer agents help against the first only; against the second a larger limit of its own.',
  automatic:
    'The work was pinned and the workstream tried again, with one agent fewer at once; the try is not spent. After half an ' +
    'hour without another such end there is one more again, until all are back. It is never fewer than one. `sluice status` ' +
    'says `2 of 3 agents (memory)`.',
  manual: [
    'sluice doctor   # memory, and what the seats may need',
    'sluice run --agents 1   # fewer from the beginning',
    '# tools.NAME.env: {NODE_OPTIONS: --max-old-space-size=4096} in sluice.yaml, when it met its own limit',
    'sluice logs ID',
  ],
}
