/** Something that cannot be removed. */
import type { Entry } from '../entry.ts'

export const E406: Entry = {
  code: 'E406',
  seen: ['A folder cannot be removed'],
  symptom: 'A folder of a slot could not be removed.',
  detect: 'By removing it twice, the second time after making its folders writable.',
  diagnosis: 'It holds files of another user (a tool or a test that ran as root, or in a container), or a mount.',
  automatic: 'Nothing else was touched. The slot is not used until it is gone.',
  manual: [
    'ls -la FOLDER   # the folder that the message names',
    '# remove it with the rights of its owner',
    'sluice run',
  ],
}
