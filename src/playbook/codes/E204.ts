/** What was left behind cannot be accepted. */
import type { Entry } from '../entry.ts'

export const E204: Entry = {
  code: 'E204',
  seen: [
    'Work was refused before any check: markers, links, names, an unfinished merge',
    'A tool was not allowed to work, had more to read than its model can, or ended without a word',
  ],
  symptom:
    'An attempt or a submitted commit was refused before any check: conflict markers, an unfinished merge ' +
    'or rebase, a name that git must not store, names that are one on other disks, a link that leads out of the ' +
    'repository, a file over limits.file_mb, a git-lfs pointer without its content, line ends that were all turned, ' +
    'no common history, or a refusal in words instead of work. Or the tool ended in a way that is neither work nor a ' +
    'crash: a permission was missing, the brief and the files were more than its model can read, its answers had no form.',
  detect: 'By looking at the tree and the history of what was left behind; what the tool says about it does not count.',
  diagnosis:
    'The message names the path and the reason. Work like this would break the checkout of everybody who pulls it.',
  automatic:
    'It did not enter the queue. What could be pinned is pinned, lines of work aside below refs/sluice/stray/; the ' +
    'next tool was begun, from the commits that were in order, and is told where the rest is kept.',
  manual: [
    'sluice logs ID',
    'git diff --check main...ws/ID   # left-over conflict markers',
    'sluice open ID   # a worktree with the work: put it in order there, then sluice submit ID',
    'sluice retry ID --note "finish the merge, remove the markers"',
  ],
}
