/** A workstream has used up its attempts. */
import type { Entry } from '../entry.ts'

export const E602: Entry = {
  code: 'E602',
  seen: ['A workstream is `failed`', 'What depends on a workstream is `blocked`'],
  symptom:
    'A workstream has failed: its tries are spent, or no tool is left that could try. The rest of the run ' +
    'goes on; what depends on it is blocked.',
  detect: 'By counting the tries that are spent, over all tools, since the last `retry`.',
  diagnosis:
    "The last attempt's outcome says what stopped it, the earlier ones whether it was always the same. " +
    'The same failure again and again usually means that the brief, the scope or the tests are wrong, not ' +
    'the tool.',
  automatic: 'The work of every attempt is pinned at refs/sluice/wip/ID/N, and the branch ws/ID has the last one.',
  manual: [
    'sluice explain ID   # every attempt and how it ended',
    'sluice logs ID',
    'sluice retry ID --note "what to do differently"   # or --tool NAME, or --fresh',
    'sluice open ID   # or do it yourself, in a worktree with the work so far; then sluice submit ID',
    'sluice skip ID --satisfy   # go on without it',
  ],
}
