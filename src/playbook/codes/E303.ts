/** The network does not answer. */
import type { Entry } from '../entry.ts'

export const E303: Entry = {
  code: 'E303',
  seen: ['A tool cannot reach its service: no such host, connection refused or reset, time-out'],
  symptom: 'A tool could not reach its service.',
  detect: "By the error names of the network in the last lines of the tool's log.",
  diagnosis: 'A name that does not resolve, a connection refused or reset, a proxy. It says nothing about the work.',
  automatic: 'Sluice waits, longer each time, and takes the same tool once more, then the next. No try is spent.',
  manual: [
    'sluice logs ID   # which address',
    '# tools.NAME.pass_env: [HTTPS_PROXY] in sluice.yaml, when you are behind a proxy',
    'sluice retry ID',
  ],
}
