/** A full disk. */
import type { Entry } from '../entry.ts'

export const E302: Entry = {
  code: 'E302',
  seen: ['The disk is full', 'Tools and gates fail with ENOSPC'],
  symptom: 'Work waits, or has stopped, because the disk of the repository, or of the slots, has no room left.',
  detect:
    'By what the system, SQLite or git say of a step, and by the phrase in the last lines of a log; before a run, by the ' +
    "free space of the repository's disk and of the slots'.",
  diagnosis:
    'Each agent and each gate has a checkout of its own, with its dependencies and build output. Logs and ' +
    'git objects are small beside that.',
  automatic:
    'No agent begins while less than 256 MB are free. When the disk is full in the middle, Sluice drops a reserve ' +
    '(`.sluice/ballast`, 8 MB), says so once, and what was refused waits: taking over work, merging, moving the ' +
    'target, every record in the store. It looks every two seconds and goes on by itself when 16 MB are free on each disk. ' +
    'A check that is red meanwhile has no verdict and is asked again. Nothing that was acknowledged is lost, ' +
    'and no try is counted for what waits.',
  manual: [
    'df -h .   # with room there, look for spent inodes (df -i .) and quotas (quota -s)',
    'sluice doctor   # the free space, and where the slots are',
    'sluice clean   # what nobody needs any more; --yes takes it away',
    '# move the slots: paths.work in sluice.yaml',
    'sluice run   # only if it was ended: it takes up what waits',
  ],
}
