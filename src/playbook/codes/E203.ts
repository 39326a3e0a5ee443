/** A tool that used up its time. */
import type { Entry } from '../entry.ts'

export const E203: Entry = {
  code: 'E203',
  seen: [
    'An attempt was stopped after its time-out (30 minutes by default)',
    'Nobody has handed in what a person was asked for (8 hours by default)',
  ],
  symptom:
    "The attempt was stopped at `limits.timeout_minutes` (30 by default), or at the workstream's own limit. " +
    'Or a person was asked, and their time (`tools.manual.timeout_minutes`, 8 hours by default) is over.',
  detect: 'By a clock that does not jump, from the start of the tool.',
  diagnosis:
    'It was at work until the end. Either the workstream is too large for one attempt, or the tool goes ' +
    'round in circles: its log and its pinned work tell which. A person may simply not know that they are waited for.',
  automatic:
    'Its process tree was ended, its work pinned; the next attempt goes on from that work. ' +
    'A person is reminded after half an hour and then less and less often; when their time is over that is told as an error, ' +
    'and comes first in `sluice status`. Nothing is taken from them.',
  manual: [
    'sluice logs ID',
    'git diff main...ws/ID   # how far it came',
    'sluice retry ID --note "finish only what is left"',
    '# or: timeout_minutes in the workstream, or split it in two',
    'sluice open ID   # when a person is waited for: a worktree, then sluice submit ID',
  ],
}
