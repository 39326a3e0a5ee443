/** A machine that slept. */
import type { Entry } from '../entry.ts'

export const E304: Entry = {
  code: 'E304',
  seen: ['A warning that the machine slept'],
  symptom: 'A warning that the machine slept while tools were at work.',
  detect: 'By two clocks: one goes on while the machine sleeps, the other does not.',
  diagnosis:
    'A lid was closed, or the system went to sleep by itself. What was open over the network is usually gone: a tool may ' +
    'fail or fall silent soon after.',
  automatic:
    'The sleep counts for nothing: time-outs and the limit for silence go on where they were, and rates are measured anew.',
  manual: [
    'systemd-inhibit sluice run   # Linux: no sleep while it runs',
    'caffeinate -i sluice run   # macOS',
    'sluice logs ID   # when a tool did not survive it',
  ],
}
