/** An attempt after which nothing is different. */
import type { Entry } from '../entry.ts'

export const E205: Entry = {
  code: 'E205',
  seen: ['A tool ended well and nothing is different'],
  symptom: 'The tool ended without an error, and the worktree is what it was.',
  detect: 'By comparing the tree that it left with the one that it began from.',
  diagnosis:
    'It misunderstood the brief, refused in words, had no permission to write, or the work was done ' +
    'already. What a tool says about itself does not count: a difference does.',
  automatic: 'The next tool of the order was begun, and told that nothing had changed.',
  manual: [
    'sluice logs ID   # what it said',
    'sluice retry ID --note "which file to change, and how"',
    'sluice skip ID --satisfy   # when there is nothing left to do',
    '# allow_empty: true in the workstream, when no change is a result',
  ],
}
