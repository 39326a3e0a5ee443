/** A rate limit, an overloaded service, or a used-up quota. */
import type { Entry } from '../entry.ts'

export const E208: Entry = {
  code: 'E208',
  seen: ['A service refuses to work: 429, overloaded, quota used up'],
  symptom: 'The service behind a tool refused to work now, or for the rest of the period.',
  detect:
    "By the phrases of the services in the last lines of the tool's log, whatever its exit code was. For how long they ask " +
    'to be left alone is read from there too: `retry-after: 20`, `try again in 2m`.',
  diagnosis:
    'A rate limit and an overload pass by themselves; a quota does not. Many agents on one key meet the first sooner.',
  automatic:
    'After a rate limit or an overload no workstream gets that tool for as long as the service asked, or half a minute and ' +
    'longer each time. The one that met it waits and takes the same tool once more, then the next; when it would wait for ' +
    'more than a quarter of an hour it goes on with another, and so do the others meanwhile, if their order has another ' +
    'program. Then they come back. After a used-up quota comes the next tool at once; a second workstream that meets it has ' +
    'the tool passed over for all (W209). No try is spent.',
  manual: [
    'sluice tools   # until when it gets no work',
    'sluice logs ID   # what the service said',
    'sluice run --agents 1   # fewer at once',
    'sluice retry ID --tool NAME   # another service, or this one at once',
  ],
}
