/** The process table by `ps`, for systems without /proc: slower (a process per look), and start times in whole seconds. */
import { spawnSync } from 'node:child_process'
import type { ProcessRow } from './table.ts'

/** `ps` answers in milliseconds; one that does not is not waited for. */
const PS_MS_MAX = 5_000

/** All processes, as `ps` knows them. Sessions are not portable: the group stands in for them. */
export function portableTable(): ProcessRow[] {
  return ask(['-A'])
}

/** One process, or null. */
export function portableRow(pid: number): ProcessRow | null {
  return ask(['-p', String(pid)])[0] ?? null
}

function ask(which: string[]): ProcessRow[] {
  const columns = [
    '-o',
    'pid=',
    '-o',
    'ppid=',
    '-o',
    'pgid=',
    '-o',
    'stat=',
    '-o',
    'time=',
    '-o',
    'rss=',
    '-o',
    'lstart=',
  ]
  const { stdout } = spawnSync('ps', [...which, ...columns], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    timeout: PS_MS_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return (stdout ?? '').split('\n').flatMap(parse)
}

function parse(line: string): ProcessRow[] {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\S+)\s+(\d+)\s+(.+)$/.exec(line)
  if (match === null) return []
  const [pid, parent, group] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [cpuTicks, residentBytes] = [ticksOf(match[5]!), Number(match[6]) * 1024]
  const startTicks = Math.floor(Date.parse(match[7]!) / 1000)
  return [{ pid, parent, group, session: group, state: match[4]!, cpuTicks, startTicks, residentBytes }]
}

/** `[[days-]hours:]minutes:seconds` in hundredths of a second, the usual clock tick. */
function ticksOf(time: string): number {
  const [clock, days] = time.split('-').toReversed()
  const seconds = clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((seconds + Number(days ?? 0) * 86_400) * 100)
}
