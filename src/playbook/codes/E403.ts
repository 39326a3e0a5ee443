/** Processes that outlived their attempt. */
import type { Entry } from '../entry.ts'

export const E403: Entry = {
  code: 'E403',
  seen: ['Processes live on after their attempt or their check'],
  symptom: 'Processes of an attempt were still alive after its end.',
  detect: 'By the mark `SLUICE_NONCE` in the environment of a process, of an attempt or check that has ended.',
  diagnosis:
    'A tool or a check had started something in the background (a server, a watcher) and left it. Sluice ' +
    'recognises its own by a mark in their environment, and touches no other process.',
  automatic: 'They were ended, and each time is recorded as a repair in the report.',
  manual: [
    'sluice doctor --fix   # ends those that are left now',
    'sluice report   # what was ended, and when',
    'sluice logs ID   # what started it',
  ],
}
