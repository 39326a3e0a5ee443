/** State that cannot be used. */
import type { Entry } from '../entry.ts'

export const E605: Entry = {
  code: 'E605',
  seen: ['The files in `.sluice/` cannot be read, or are of a newer version'],
  symptom: 'The files in `.sluice/` cannot be read, were written by a newer Sluice, or do not hold what they should.',
  detect: 'By opening the store: its format, its version, and what is missing in it.',
  diagnosis:
    "Git is the truth about what has landed: the target's own history says it, and pinned work stays " +
    'under refs/sluice/. The store only adds attempts, times and reports.',
  automatic: 'Nothing was changed or deleted.',
  manual: [
    'sluice --version   # use the newer version, if that is what it says',
    'sluice health   # what exactly is damaged',
    'sluice bundle   # for somebody who helps you',
    'sluice reset   # begin anew; asks first, and keeps branches and finished work',
    'git for-each-ref refs/sluice/wip   # the pinned work of every attempt',
  ],
}
