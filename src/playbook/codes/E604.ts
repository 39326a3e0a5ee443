/** The store is locked by somebody else. */
import type { Entry } from '../entry.ts'

export const E604: Entry = {
  code: 'E604',
  seen: ['A command cannot write `.sluice/sluice.db`'],
  symptom: 'Sluice could not write to `.sluice/sluice.db` because another process kept it locked.',
  detect: 'By SQLite, which says that another process has it locked.',
  diagnosis:
    'Writers wait for each other, and ours take milliseconds. A lock of seconds is a backup, an editor of ' +
    'databases, or a file system that does not really lock (some network shares).',
  automatic: 'It waited 10 seconds. Nothing that was acknowledged is lost.',
  manual: ['fuser .sluice/sluice.db   # who has it open', 'sluice run   # goes on where it stopped'],
}
