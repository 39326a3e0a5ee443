/** A lock of git in the way. */
import type { Entry } from '../entry.ts'

export const E404: Entry = {
  code: 'E404',
  seen: ['Git says that a lock file exists'],
  symptom: "Git could not write because a lock file (`index.lock`, a ref's `.lock`) was there.",
  detect: 'By what a ref says after git refused to move it: it stands where it stood, and a lock is named.',
  diagnosis:
    'Either another git command is at work, or one was killed and left the lock behind. Git itself cannot ' +
    'tell the two apart.',
  automatic:
    'Sluice waited for the lock. In slots of its own, where nobody else works, stale locks are removed; ' +
    'in your repository those that its own git left when it was killed while it moved your checkout; any other one only ' +
    'by `sluice doctor --fix`, when no process has it open and no git is at work there.',
  manual: [
    'sluice doctor   # names the lock, and whether anybody holds it',
    'sluice doctor --fix   # removes one that is held by nobody',
    'sluice run',
  ],
}
