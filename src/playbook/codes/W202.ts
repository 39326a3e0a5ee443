/** Memory that runs short. */
import type { Entry } from '../entry.ts'

export const W202: Entry = {
  code: 'W202',
  seen: ['Memory runs short'],
  symptom:
    'More than 70 % (warning) or 90 % (critical) of the memory is in use: that of the system, or that of an agent when ' +
    '`limits.memory_limit_mb` is set.',
  detect:
    "By the memory in use of the system, and of an agent's process tree where `limits.memory_limit_mb` is set, against `watch.memory`.",
  diagnosis:
    'Memory of the system counts whoever uses it, without caches. Each agent with its tests needs half a gigabyte and ' +
    'more. The thresholds are `watch.memory` in sluice.yaml.',
  automatic:
    'It was told once. While the system is above the warning one agent works alone, and no other begins beside it; above the ' +
    'critical threshold none begins. Those at work go on. All is as before, by itself, 5 points below.',
  manual: [
    'sluice status   # who works, and what is waited for',
    'sluice run --agents 1   # fewer at once',
    '# other programs that can be closed; or raise watch.memory in sluice.yaml',
  ],
}
