/** Out of memory. */
import type { Entry } from '../entry.ts'

export const E301: Entry = {
  code: 'E301',
  symptom: 'A tool or something that it started was ended because there was no memory left.',
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
