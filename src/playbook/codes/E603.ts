/** Finished work waits for a person's approval. */
import type { Entry } from '../entry.ts'

export const E603: Entry = {
  code: 'E603',
  seen: ['A workstream is `waiting` for approval'],
  symptom:
    'A workstream is `waiting`: its work is done and has passed its own tests, and it does not join the landing ' +
    'queue. Or a try ended as declined.',
  detect: 'By matching finished work against `landing.approve`.',
  diagnosis:
    'An entry of `landing.approve` in sluice.yaml binds it: its id, its gate number, a selector, or a path that ' +
    'it has changed. `sluice explain ID` names the entry. An approval counts for the commit that was looked at; ' +
    'other work is asked about again.',
  automatic:
    'The work is pinned at refs/sluice/wip/ID/N, and everything that does not depend on it goes on. Approved ' +
    'work still has to pass the gate. Declined work stays pinned, and the next attempt starts from it with ' +
    'the comment in its brief.',
  manual: [
    'sluice approve ID --show   # what would land, and what speaks for it',
    'sluice approve ID --comment "looks right"',
    'sluice approve ID --reject --comment "what to do differently"',
    'sluice open ID   # change it yourself, in a worktree with the work; sluice submit ID then waits for approval too',
    'sluice skip ID --satisfy   # go on without it',
  ],
}
