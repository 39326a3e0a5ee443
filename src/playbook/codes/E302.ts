/** A full disk. */
import type { Entry } from '../entry.ts'

export const E302: Entry = {
  code: 'E302',
  seen: ['The disk is full', 'Tools and gates fail with ENOSPC'],
  symptom: 'Work stopped because the disk of the repository, or of the slots, has no room left.',
  detect:
    "By the phrase in the last lines of the log; before a run, by the free space of the repository's disk and of the slots'.",
  diagnosis:
    'Each agent and each gate has a checkout of its own, with its dependencies and build output. Logs and ' +
    'git objects are small beside that.',
  automatic:
    'Nothing that was acknowledged is lost: the store keeps every change that it confirmed. The try was ' +
    'not counted.',
  manual: [
    'df -h .',
    'sluice doctor   # the free space, and where the slots are',
    'sluice clean   # what nobody needs any more; --yes takes it away',
    '# move the slots: paths.work in sluice.yaml',
    'sluice run   # goes on where it stopped',
  ],
}
