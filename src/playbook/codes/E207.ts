/** Work that goes back and forth. */
import type { Entry } from '../entry.ts'

export const E207: Entry = {
  code: 'E207',
  seen: ['A workstream was given up because its work goes back and forth'],
  symptom: 'A workstream was given up because an attempt left exactly what the one before the last had left.',
  detect: 'By comparing the tree that an attempt left with those that were refused before.',
  diagnosis:
    'Two demands contradict each other: mending one breaks the other. Often two tests, or a test and the brief. The same ' +
    'files with the same content were refused before, so they would be refused again.',
  automatic:
    'No further attempt was begun. All of them are kept. `circuit_breaker.oscillation_threshold` of the workstream says ' +
    'how many such returns are allowed.',
  manual: [
    'sluice explain ID   # the attempts, and why each was refused',
    'git diff refs/sluice/wip/ID/1 refs/sluice/wip/ID/2   # between what it goes back and forth',
    'sluice retry ID --note "which of the two is right"',
    'sluice retry ID --fresh   # from the beginning',
  ],
}
