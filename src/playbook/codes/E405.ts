/** The target moved without us. */
import type { Entry } from '../entry.ts'

export const E405: Entry = {
  code: 'E405',
  seen: ['The target branch was reset or force-pushed, or moved in the middle of a landing'],
  symptom: 'The target branch was moved while a landing was being made, or no longer has a landing that it had.',
  detect: 'By compare-and-swap at every move, and by looking for each landing in the history of the target.',
  diagnosis:
    'A commit or a push by somebody else: then the landing is simply built and tested again on top of it. ' +
    'A reset or a force push: landed work is gone from the branch, and only its author knows whether that ' +
    'was meant.',
  automatic:
    "The branch is only ever moved by compare-and-swap, so nobody's commit was overwritten. A branch that " +
    'was moved back stops the run.',
  manual: [
    'git reflog show main   # who moved it, and from where',
    'git merge --ff-only COMMIT   # puts a lost landing back',
    'sluice retry ID   # or: do that work again',
  ],
}
