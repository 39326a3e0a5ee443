/** Landings that your checkout does not show yet. */
import type { Entry } from '../entry.ts'

export const W407: Entry = {
  code: 'W407',
  seen: ['Landings are done and your checkout does not show them'],
  symptom:
    'Landings wait at refs/sluice/target/<branch>; the branch itself stands still. Or, with landing.push: the ' +
    'branch has them, and its remote has not.',
  detect: 'By comparing the branch with `refs/sluice/target/<branch>`, or with its remote.',
  diagnosis:
    'The target is checked out, and bringing that checkout forward could lose something: changes in the ' +
    'same files, an operation in progress, an ignored file in the way, or two checkouts of it at once. A push ' +
    'fails without a way to the remote or a right to write there, or when its new commits conflict with yours.',
  automatic:
    'Landings go on beside the branch and are as safe and as tested there. Nothing of yours was touched; ' +
    'a stash is never made.',
  manual: [
    'sluice status   # names the files that are in the way',
    'git stash push --all -- FILE   # tracked or not; or commit it, move it, or finish what is in progress',
    'sluice run   # brings the branch forward, and pushes it',
    'git push origin main   # or: what the remote says to a push',
  ],
}
