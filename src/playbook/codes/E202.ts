/** A tool that shows no sign of life. */
import type { Entry } from '../entry.ts'

export const E202: Entry = {
  code: 'E202',
  seen: ['Nothing has happened for a long time and the attempt was stopped'],
  symptom:
    'The tool was stopped because for `limits.idle_minutes` it wrote nothing, used no processor time and ' +
    'changed no file.',
  detect: 'By output, processor time and files of the whole process tree, all three unchanged for `idle_minutes`.',
  diagnosis:
    'All three together mean that it hangs: a lost connection that it waits on for ever, a deadlock, a ' +
    'question nobody sees. A tool that waits for its model is silent too, but seldom that long.',
  automatic: 'Its whole process tree was ended, its work pinned, and the next tool begun.',
  manual: [
    'sluice logs ID   # where it stopped',
    '# raise limits.idle_minutes in sluice.yaml, or idle_minutes of that tool, if it is only slow',
    'sluice retry ID',
  ],
}
