/** Changes outside the file scope of a workstream. */
import type { Entry } from '../entry.ts'

export const E503: Entry = {
  code: 'E503',
  seen: ['A tool changed files outside the scope of its workstream'],
  symptom: 'A tool changed files that the scope of its workstream does not name.',
  detect: 'By comparing every changed path with `files_scope` and `files_create`.',
  diagnosis:
    'The scope is `files_scope` and `files_create` together: what a workstream may change. An empty scope is ' +
    'unrestricted. What was really changed is compared, not what the tool says.',
  automatic:
    'With `scope: park` (the default) those changes are taken out of the landing and kept as parked.patch in the ' +
    'folder of the attempt; the rest goes on. With `block`, or when nothing lies inside, the try fails and ' +
    'the next tool begins.',
  manual: [
    'sluice explain ID',
    'git apply .sluice/runs/RUN/attempts/ID.N/parked.patch   # to have the parked changes',
    '# widen files_scope in the file of the workstream, then: sluice retry ID',
    '# scope: allow in sluice.yaml, when scopes are only meant for planning',
  ],
}
