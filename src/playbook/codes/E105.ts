/** A repository that a run cannot begin in. */
import type { Entry } from '../entry.ts'

export const E105: Entry = {
  code: 'E105',
  symptom:
    'The command stops before anything is started: no repository, a bare one, no commit yet, no such ' +
    'target branch, an operation in progress, or a place that cannot be written.',
  diagnosis:
    'Landings need a branch with a commit to build on, a checkout that no merge or rebase is holding, ' +
    'room for the branches `ws/<id>`, and a writable `.sluice/`.',
  automatic: 'Nothing was changed.',
  manual: [
    'sluice doctor   # every finding with its fix',
    'git status   # what is in progress',
    'git branch --list   # what may be the target; `target:` in sluice.yaml names it',
  ],
}
