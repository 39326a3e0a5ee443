/** A dependency on a workstream that no file defines. */
import type { Entry } from '../entry.ts'

export const E102: Entry = {
  code: 'E102',
  seen: ['`plan` or `run` ends with exit 2 and names an id that no file defines'],
  symptom: 'The plan is refused; the message names the workstream, the unknown id, and what it may have meant.',
  detect: 'Before a run, by looking up each id of `depends_on` among all workstreams that were read.',
  diagnosis:
    'The id is misspelt, its file is not matched by `workstreams:` in sluice.yaml, or the file could not ' +
    'be read (then that is reported too).',
  automatic: 'Nothing was started. The rest of the plan was checked all the same.',
  manual: [
    'sluice plan   # every mistake with file, line and column',
    'grep -n workstreams: sluice.yaml   # the globs that are read',
  ],
}
