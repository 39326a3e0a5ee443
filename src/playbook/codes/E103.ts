/** Input that is not valid: a file, an id, a key, an argument. */
import type { Entry } from '../entry.ts'

export const E103: Entry = {
  code: 'E103',
  seen: ['A command ends with exit 2: a file, a key, an id or an option is not valid'],
  symptom:
    'A file, an id, a key or an argument is refused, with its place (`path:line:column`) and what to change; or a ' +
    'command is about a run, and nothing was run here yet.',
  detect: 'By reading: every file, key and id is checked before anything is done with it.',
  diagnosis:
    'What is written cannot be read, or can be read in two ways; a guess would be carried out by many ' +
    'agents at once. Ids are 1 to 64 of a-z, 0-9, dot, underscore and hyphen; unknown keys of sluice.yaml ' +
    'are mistakes, those of a workstream are kept as metadata.',
  automatic: 'Nothing was started. All mistakes of all files are reported together.',
  manual: [
    'sluice plan   # checks the plan again',
    'sluice doctor   # checks the configuration, the plan and the machine',
    'sluice run   # begins the run that the other commands are about',
  ],
}
