/** The network does not answer. */
import type { Entry } from '../entry.ts'

export const E303: Entry = {
  code: 'E303',
  seen: [
    'A tool cannot reach its service: no such host, connection refused or reset, time-out',
    'Nobody begins, and status says that the network is gone for all',
  ],
  symptom: 'A tool could not reach its service.',
  detect:
    "By the error names of the network in the last lines of the tool's log. That it is gone for all, by two such ends in a " +
    'row with nobody between who reached a service.',
  diagnosis: 'A name that does not resolve, a connection refused or reset, a proxy. It says nothing about the work.',
  automatic:
    'One workstream alone waits, longer each time, and takes the same tool once more, then the next. When the network is ' +
    'gone for all, nobody begins: half a minute at first, twice as long each time, at most a quarter of an hour. Then one ' +
    'attempt is let through; when it has reached its service, or has been at work for three minutes, all begin again. No ' +
    'try is spent, nothing is given up for a day, nobody is sent to a person, and those at work go on. A restart waits ' +
    'for the same moment.',
  manual: [
    'sluice status   # until when it is waited for',
    'sluice logs ID   # which address',
    '# tools.NAME.pass_env: [HTTPS_PROXY] in sluice.yaml, when you are behind a proxy',
    'sluice retry ID --tool NAME   # now, whatever is waited for',
  ],
}
