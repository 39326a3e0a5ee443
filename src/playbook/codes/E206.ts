/** A tool that waits for input which nobody gives. */
import type { Entry } from '../entry.ts'

export const E206: Entry = {
  code: 'E206',
  seen: ['A tool stands still at a question'],
  symptom: 'The tool asked a question and waited for an answer.',
  detect:
    'By the last line of a log that has fallen silent, when it reads as a question; or, by ACP, by its request for ' +
    'permission.',
  diagnosis:
    'It was not started in its unattended mode, or it wants a permission. Its standard input is empty, so ' +
    'it would wait for ever. With `transport: acp` and `permissions: ask` it is started to ask you: it stands still ' +
    'until you have answered.',
  automatic:
    'After `idle_minutes` without an answer it was ended, its work pinned, and the next tool begun. A question for ' +
    'permission is shown before, in `sluice status`.',
  manual: [
    'sluice logs ID   # the question',
    'sluice approve ID --show   # what it asks to be allowed, while it waits; then without --show, or with --reject',
    '# tools.NAME.args in sluice.yaml: the flag for "yes" of that tool',
    'sluice retry ID --note "the answer to its question"',
  ],
}
