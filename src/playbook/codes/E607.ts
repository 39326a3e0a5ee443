/** A workstream was changed after it had landed. */
import type { Entry } from '../entry.ts'

export const E607: Entry = {
  code: 'E607',
  seen: ['A warning that a landed workstream was edited since'],
  symptom: 'A warning that the definition of a landed workstream is not the one that was carried out.',
  detect: 'At every start, by comparing each landed definition with the file of today.',
  diagnosis: 'Its file was edited since. What has landed stays landed; the new text would be new work.',
  automatic: 'The changed text was not used. Workstreams that have not landed are read again at every start.',
  manual: [
    'git log -p -- FILE   # what was changed',
    '# give the new work an id of its own, in a file of its own',
    'sluice run',
  ],
}
