/** A program that is not on this machine. */
import type { Entry } from '../entry.ts'

export const E106: Entry = {
  code: 'E106',
  seen: [
    'A tool or a program was not found',
    'A tool asks for a model that its service does not have',
    '`run` ends with exit 5: no tool of the order can be used',
  ],
  symptom:
    'A tool of the order, the model that it asks for, a program of the gate, or a program that Sluice needs itself was ' +
    'not found, or cannot be used.',
  detect:
    'By looking for the program on PATH before it is started; a tool that ends with 127 counts as missing too, ' +
    'and one whose service answers that it does not know the model.',
  diagnosis:
    'It is not installed, has no key (a tool without one is passed over), not on the PATH of the shell that started Sluice, or its name is misspelt in ' +
    'sluice.yaml. A workstream whose tools are all missing fails; a run with no usable tool does not ' +
    'begin, and neither does one with `sandbox: strict` where bubblewrap is missing or may not make namespaces. In ' +
    'the sandbox a program of your home is there only when PATH or a command line leads to it.',
  automatic: 'A missing tool costs no try: the next one of the order was taken.',
  manual: [
    'sluice doctor   # programs, and the sandbox',
    'sluice tools   # what was found, and where',
    '# tools.NAME.model in sluice.yaml, when it is the model that is not there',
    'sluice retry ID --tool NAME   # with another tool',
  ],
}
