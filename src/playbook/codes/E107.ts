/** A service that does not accept the credentials. */
import type { Entry } from '../entry.ts'

export const E107: Entry = {
  code: 'E107',
  seen: ['A tool ends at once; its log speaks of a key, a login or 401'],
  symptom: 'A tool could not begin, because the service behind it did not accept the key or the login.',
  detect:
    'By the status that a coding agent reports (401, 403), else by the phrases of the services in the last lines of ' +
    "the tool's log, whatever its exit code was.",
  diagnosis:
    'The key is wrong, expired, or not for this model. Tools get an empty environment plus the keys of their own ' +
    'service and what `env:` and `pass_env:` allow, and a home of their own: a login in your home is not seen there.',
  automatic:
    'The next tool of the order was taken; no try was spent. When a second workstream is not let in either, the tool is passed ' +
    'over by all who have another (W209), and tried again by one after ten minutes.',
  manual: [
    'sluice logs ID   # what the service said',
    'sluice tools   # what each tool finds; sluice tools test NAME tries one',
    '# tools.NAME.key_env: THE_KEY in sluice.yaml, or pass_env: [THE_KEY] of a command',
    'sluice retry ID',
  ],
}
