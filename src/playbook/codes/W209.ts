/** The next tool took over. */
import type { Entry } from '../entry.ts'

export const W209: Entry = {
  code: 'W209',
  seen: ['A workstream went on with another tool'],
  symptom: 'A warning that a workstream went on with another tool than the one before.',
  detect: 'When the next attempt begins with another tool than the one before; the reason is the outcome of that one.',
  diagnosis:
    'The earlier tool is missing, was not let in, or its attempt failed in a way that trying again would ' +
    'not mend.',
  automatic:
    'The next tool of the order starts from the work that is there, and its brief says what was tried and ' +
    'how it ended. Each switch is one line in `tool_fallback.log`.',
  manual: [
    'cat .sluice/logs/tool_fallback.log   # when, what, from, to, why',
    'sluice retry ID --tool NAME   # to choose yourself',
    'sluice tools   # what each tool needs',
  ],
}
