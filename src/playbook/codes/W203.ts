/** A tool that keeps a disk busy. */
import type { Entry } from '../entry.ts'

export const W203: Entry = {
  code: 'W203',
  seen: ['An agent keeps the disk busy'],
  symptom: 'The processes of an agent have read and written more than 100 MB/s for a minute.',
  detect: 'By what its process tree reads and writes, over a minute, against `watch.disk_io`.',
  diagnosis:
    'A first build, an installation of packages or a search through everything looks like this. A log without end does ' +
    'too, and fills the disk. The threshold is `watch.disk_io` in sluice.yaml.',
  automatic: 'It was told once. A threshold ends nothing.',
  manual: [
    'sluice logs ID   # what it is doing',
    'df -h .   # whether the disk fills up',
    'sluice cancel ID   # its work is kept',
  ],
}
