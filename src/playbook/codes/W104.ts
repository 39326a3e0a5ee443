/** Two workstreams that may run at once and may change the same files. */
import type { Entry } from '../entry.ts'

export const W104: Entry = {
  code: 'W104',
  seen: ['A warning before the run: two scopes overlap'],
  symptom: 'A warning that two workstreams, neither of which waits for the other, have scopes with a path in common.',
  detect: 'Before a run, by comparing `files_scope` and `files_create` of each pair: can one path match both?',
  diagnosis:
    'They can be worked on at the same time, and the one that lands second then meets the changes of the ' +
    'first. Git merges them when they touch different lines; otherwise it is E402.',
  automatic:
    'Pairs that can be worked on one after the other without making the run longer are, and are not warned of. Of the ' +
    'others both run. Landings happen one after the other, so the second one is merged and tested on top of the first.',
  manual: [
    'sluice plan   # the pairs, with the paths',
    '# add depends_on to one of the two, or narrow files_scope, where the same lines are meant',
  ],
}
