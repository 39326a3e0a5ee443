/** A signal of Unix to a process, or to the group that it leads. */
import type { ProcessRow } from './view.ts'

/** Throws ESRCH when nobody is there, EPERM when it may not be sent. */
export function killByNumber({ pid }: ProcessRow, signal: NodeJS.Signals, whom: 'process' | 'group'): void {
  process.kill(whom === 'group' ? -pid : pid, signal)
}
