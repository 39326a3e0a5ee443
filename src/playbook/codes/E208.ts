/** A rate limit, an overloaded service, or a used-up quota. */
import type { Entry } from '../entry.ts'

export const E208: Entry = {
  code: 'E208',
  seen: ['A service refuses to work: 429, overloaded, quota used up'],
  symptom: 'The service behind a tool refused to work now, or for the rest of the period.',
  detect:
    'By the status that a coding agent reports (429, 402, 503, 529), else by the phrases of the services in the last ' +
    "lines of the tool's log, whatever its exit code was.",
  diagnosis:
    'A rate limit and an overload pass by themselves; a quota does not. Many agents on one key meet the first sooner.',
  automatic:
    'After a rate limit or an overload Sluice waits, longer each time, and takes the same tool once more, ' +
    'then the next; after a used-up quota the next tool at once. No try is spent.',
  manual: [
    'sluice logs ID   # what the service said',
    'sluice run --agents 1   # fewer at once',
    'sluice retry ID --tool NAME   # another service',
  ],
}
