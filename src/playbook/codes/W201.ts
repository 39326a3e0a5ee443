/** A tool that keeps a processor busy. */
import type { Entry } from '../entry.ts'

export const W201: Entry = {
  code: 'W201',
  seen: ['An agent keeps a processor busy for minutes'],
  symptom:
    'The processes of an agent have used more than 80 % of a core for 5 minutes (warning), or a whole core for 10 ' +
    '(critical: it may hang).',
  detect: 'By the processor time of its whole process tree, ended children included, against `watch.cpu`.',
  diagnosis:
    'Compiling and testing look like this too, and are fine. A whole core without output and without changed files is a ' +
    'loop. The thresholds are `watch.cpu` in sluice.yaml.',
  automatic: 'It was told once. A threshold ends nothing: a tool that goes on like this is ended by its time-out.',
  manual: [
    'sluice status   # whether files still change',
    'sluice logs ID   # what it is doing',
    'sluice cancel ID && sluice retry ID --note "what to do differently"',
  ],
}
