/** Errors in the log of a tool at work. */
import type { Entry } from '../entry.ts'

export const W210: Entry = {
  code: 'W210',
  seen: ['A warning about errors in the log of a tool at work'],
  symptom: 'A tool at work has printed an error of a kind that it had not printed before.',
  detect: 'By the lines that name an error, without what differs from one to the next.',
  diagnosis:
    'It may be what it is working on, a red test for instance, or what keeps it from working. Numbers, paths and quoted ' +
    'text are left out, so that the same error is told once. `watch.errors: false` in sluice.yaml turns it off.',
  automatic: 'It was told once for each kind, five kinds at most for one attempt. It ends nothing.',
  manual: ['sluice logs ID   # what came before it', 'sluice cancel ID   # when it leads nowhere; the work is kept'],
}
