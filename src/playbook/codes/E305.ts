/** No file can be opened any more. */
import type { Entry } from '../entry.ts'

export const E305: Entry = {
  code: 'E305',
  seen: ['EMFILE, ENFILE or "too many open files"'],
  symptom: 'Work waits because the system opens no more files.',
  detect: 'By what the system says of a step (EMFILE, ENFILE), whatever file it was about.',
  diagnosis:
    'Every process may have so many files open (`ulimit -n`), and the system so many in all. Sluice needs a handful for ' +
    'each agent; test runners and editors that watch whole trees need thousands, and a tool that leaks them takes all.',
  automatic:
    'Nothing is failed for it, and no try is counted. It is said once, what was refused waits and is tried again every ' +
    'two seconds, and the run goes on by itself when files can be opened again.',
  manual: [
    'ulimit -n 4096   # in the shell that begins the run',
    'cat /proc/sys/fs/file-nr   # Linux: open files of the whole system, and how many there may be',
    'sluice doctor   # names the limit of this process',
    'sluice run   # only if it was ended: it takes up what waits',
  ],
}
