/** A budget is used up. */
import type { Entry } from '../entry.ts'

export const E601: Entry = {
  code: 'E601',
  seen: ['No agent begins any more, and `run` ends with exit 3', 'A workstream is `failed`: its budget is used up'],
  symptom:
    'The agents of this run, or of one workstream, have used as much as limits.budget_usd or ' +
    'limits.workstream_budget_usd allows.',
  detect: 'By adding up what the tools say that they have used, in dollars, before each agent is begun.',
  diagnosis:
    'A tool that tells its tokens and no price is reckoned by a table of list prices, or by tools.NAME.price; that is ' +
    'called an estimate. What a tool does not tell at all is not in the sum: `sluice report` names those attempts.',
  automatic:
    'Attempts that were at work came to their end, and what was finished went on to the gate and landed. No other ' +
    'attempt was begun. Work of people goes on.',
  manual: [
    'sluice report   # what was used by whom',
    '# limits.budget_usd: MORE in sluice.yaml',
    'sluice run   # goes on where it stopped',
    'sluice retry ID   # a workstream, after raising limits.workstream_budget_usd',
    'sluice retry ID --tool NAME   # with a cheaper one',
  ],
}
