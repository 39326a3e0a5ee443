/** A piece of work that changes what it is judged by. */
import type { Entry } from '../entry.ts'

export const W508: Entry = {
  code: 'W508',
  seen: ['A warning that work changes the gate that judges it'],
  symptom: 'An attempt changed the gate: its definition in sluice.yaml, or a script of the repository that it runs.',
  detect: 'By the changed paths: sluice.yaml, or a script that a gate command names.',
  diagnosis:
    'That may be the task itself, or a way around a red test. The definition that counts is the one of the target when ' +
    'the run began. A script is part of the tree, so on the merged tree the changed one runs.',
  automatic:
    'The work goes on to the gate as it was defined. `status`, `explain ID`, `approve --show` and the report say so.',
  manual: [
    'sluice explain ID   # what it changes, and the command that shows it',
    'sluice cancel ID   # takes it out before it lands; the work is kept',
  ],
}
