/** A worktree, or a slot, that is not what it should be. */
import type { Entry } from '../entry.ts'

export const E401: Entry = {
  code: 'E401',
  seen: ['A worktree or a slot is damaged: no `.git`, a garbage index or HEAD, a folder that is gone'],
  symptom:
    'A part of a slot was gone or replaced: the `.git` file of the worktree, its index or HEAD, the hub, the whole folder. ' +
    'Or git lists a worktree of yours whose folder is gone.',
  detect:
    'By comparing a slot with our own copy of its configuration, hooks and index whenever an attempt ends; `sluice doctor` ' +
    'looks at slots and at the worktrees that git lists.',
  diagnosis:
    'A tool or its tests have cleaned up more than their own, a disk was full, or somebody removed the folder. The ' +
    'repository of a slot is made anew for every attempt, so it is never more than one attempt that is touched.',
  automatic:
    'The parts were put back and the work taken from what is on the disk, uncommitted files included; what could not be put ' +
    'back was built again. Your repository borrows nothing from a slot and cannot be damaged by one.',
  manual: [
    'sluice doctor   # slots and worktrees that are not in order',
    'sluice doctor --fix   # forgets worktrees whose folder is gone, removes half-made slots',
    'git log -p refs/sluice/wip/ID/1   # the pinned work of an attempt',
    'sluice retry ID --fresh   # begin again from the target',
  ],
}
