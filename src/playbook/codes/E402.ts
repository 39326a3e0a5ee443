/** A merge conflict: the work and the target changed the same lines. */
import type { Entry } from '../entry.ts'

export const E402: Entry = {
  code: 'E402',
  seen: ['A workstream is in `conflict`'],
  symptom:
    'A workstream cannot land: its work and something that landed meanwhile changed the same lines. The ' +
    'rest of the run goes on without it.',
  detect: 'By merging in memory, onto exactly what has landed.',
  diagnosis:
    'Both sides did what they were asked to. The report names the files and lines, and the workstream on ' +
    'the other side; only somebody who knows both intents can say how they go together.',
  automatic:
    'The merge was tried in memory, so neither the target nor any checkout was touched. The work is ' +
    'pinned at refs/sluice/wip/ID/N; what depends on it waits. The rungs of landing.resolve were climbed before you ' +
    'were told: files made again, declared drivers, what was settled before, tools. `sluice explain ID` says how each ended.',
  manual: [
    'sluice open ID   # begins the merge in a worktree: settle it there, commit',
    'sluice resolve ID   # hands in what you made there',
    'sluice resolve ID --ref REF   # or: a commit of your own that has both sides',
    'sluice resolve ID --tool TOOL   # or: have it settled by a tool of tools.order',
    'sluice resolve ID --discard   # or: give this work up',
  ],
}
