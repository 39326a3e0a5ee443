/** A repository that a run cannot begin in. */
import type { Entry } from '../entry.ts'

export const E105: Entry = {
  code: 'E105',
  seen: ['A command ends with exit 5 or 6 before anything is started', 'Another coordinator holds the repository'],
  symptom:
    'The command stops before anything is started: another coordinator holds the repository (exit 6), or there is ' +
    'no repository, a bare one, no commit yet, no such target branch, an operation in progress, or a place that ' +
    'cannot be written (exit 5).',
  detect: 'By looking at the repository and at the lock of `.sluice/`, which the system releases when its holder dies.',
  diagnosis:
    'One `sluice run` at a time works in a repository, whatever worktree it was started in; the message names its ' +
    'process. Landings need a branch with a commit to build on, a checkout that no merge or rebase is holding, ' +
    'room for the branches `ws/<id>`, and a writable `.sluice/`.',
  automatic: 'Nothing was changed.',
  manual: [
    'sluice status   # what the coordinator that holds the repository is doing',
    'sluice cancel --all   # lets it finish what runs and end; --now ends it at once',
    'sluice doctor   # every finding with its fix',
    'git status   # what is in progress',
    'git branch --list   # what may be the target; `target:` in sluice.yaml names it',
  ],
}
