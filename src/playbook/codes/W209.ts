/** The next tool took over. */
import type { Entry } from '../entry.ts'

export const W209: Entry = {
  code: 'W209',
  seen: ['A workstream went on with another tool', 'A tool is passed over, or gets no work for a while'],
  symptom: 'A warning that a workstream went on with another tool than the one before.',
  detect:
    'When an attempt begins with another tool than the one before, or than the one whose turn it is; the reason is the outcome ' +
    'of the one before, or what keeps the other from being offered.',
  diagnosis:
    'The earlier tool is missing, was not let in, or its attempt failed in a way that trying again would ' +
    'not mend. Or it is not offered now: its service asked for time (E208), or two workstreams in a row found it missing, not ' +
    'let in, without quota, or crashing within half a minute with nothing to show.',
  automatic:
    'The next tool of the order starts from the work that is there, and its brief says what was tried and ' +
    'how it ended. A tool that fails by its own fault is passed over by all who have another program, for ten minutes at ' +
    'first, twice as long each time, at most an hour; then one workstream tries it again, and when that goes well all do. ' +
    'Each switch, and each time that a tool is passed over or offered again, is one line in `tool_fallback.log`.',
  manual: [
    'cat .sluice/logs/tool_fallback.log   # when, what, from, to, why',
    'sluice retry ID --tool NAME   # to choose yourself, also one that is passed over',
    'sluice tools   # what each tool needs',
    'sluice tools forbid NAME   # nobody begins with it any more; force, allow',
  ],
}
