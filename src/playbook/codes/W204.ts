/** A tool that changes few files, or none. */
import type { Entry } from '../entry.ts'

export const W204: Entry = {
  code: 'W204',
  seen: ['An agent changes few files, or none'],
  symptom:
    'An agent has changed fewer than 2 files a minute for 5 minutes (warning), or none for 10 (critical: it may wait for ' +
    'something that never comes).',
  detect:
    'By the distinct paths that change in its worktree, ignored ones left out, over five minutes, against `watch.file_changes`.',
  diagnosis:
    'Reading, thinking and testing change nothing either. Together with no output it waits for its model; together with a ' +
    'busy processor it may go round in circles. Ignored files do not count. The thresholds are `watch.file_changes`.',
  automatic:
    'It was told once. Only silence in output, processor and files together ends a tool (E202), or its time-out (E203).',
  manual: [
    'sluice status',
    'sluice logs ID   # what it is doing',
    'sluice cancel ID && sluice retry ID --note "what to do differently"',
  ],
}
