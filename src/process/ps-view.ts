/**
 * Processes as `ps` tells of them, for Unixes without /proc (macOS). A look is a process of its own, some 20 ms for all
 * processes with their environments, in one line each.
 *
 * What it cannot do:
 * - Start times are whole seconds. Together with number, boot and nonce they name a process; alone they prove nothing, and
 *   nobody is signalled on them (`tree.ts`).
 * - Sessions are not portable: the group stands in for them. Who leaves the group is found by environment and parents only.
 * - macOS hides the environment of programs that belong to the system (/bin/sh, /usr/bin/python3). Such a one is found by its
 *   group and its parents only. Who is in the middle of an exec may show none either.
 * - CPU of children that have ended is not added up; disks, namespaces and control groups are not told.
 */
import { spawnSync } from 'node:child_process'
import { requireProgram } from './program.ts'
import { killByNumber } from './signal.ts'
import { byLooking, NoAnswer, type ProcessRow, type ProcessView } from './view.ts'

/** `ps` answers in milliseconds. */
const PS_MS_MAX = 5_000

/** A machine that is out of processes or memory for a moment answers the next time. */
const TRIES_MAX = 3

/** Two thousand processes with environments of 10 kB are 20 MB. */
const OUTPUT_BYTES_MAX = 256 * 1024 ** 2

/** Twice as rare as with /proc, for a look costs more than twice as much. */
const LOOK_MS = 2_000

const COLUMNS = ['pid', 'ppid', 'pgid', 'uid', 'stat', 'time', 'rss', 'lstart', 'args']

/** The arguments of `ps`. `pids` null: all of them. */
export function psArgv(
  platform: string,
  pids: readonly number[] | null,
  { withEnvironment }: { withEnvironment: boolean },
): string[] {
  // Without limit to the width. Outside macOS the letter without a dash is the one that means the environment.
  const environment = platform === 'darwin' ? ['-E', '-ww'] : ['eww']
  const which = pids === null ? ['-A'] : ['-p', pids.join(',')]
  return [...(withEnvironment ? environment : ['-ww']), ...which, ...COLUMNS.flatMap((column) => ['-o', `${column}=`])]
}

/** The rows in what `ps` printed; `user` is ours, `commandOf` tells a command line. Lines that are none are left out. */
export function readPs(
  text: string,
  user: number,
  commandOf: (row: { pid: number; startTicks: number }) => string | null = () => null,
): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line)
    if (match === null) return []
    const [pid, parent, group, owner] = match.slice(1, 5).map(Number) as [number, number, number, number]
    const [state, time, resident, start, words] = match.slice(5) as [string, string, string, string, string | undefined]
    const startTicks = Date.parse(`${start} UTC`) / 1000
    if (Number.isNaN(startTicks)) return []
    const told = { isOwnUser: owner === user, words: words ?? '', command: () => commandOf({ pid, startTicks }) }
    const residentBytes = Number(resident) * 1024
    return [{ pid, parent, group, session: group, state, cpuMs: cpuMsOf(time), startTicks, residentBytes, told }]
  })
}

/** `lstart` is `Sun Nov  1 04:49:06 2026`; the words may be missing (a zombie). */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\S+)\s+(\d+)\s+(\w+ \w+ +\d+ [\d:]+ \d+)(?:\s(.*))?$/

/** `[[days-]hours:]minutes:seconds`, the seconds with a fraction on macOS. */
function cpuMsOf(time: string): number {
  const [clock, days] = time.split('-').toReversed()
  const seconds = clock!.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((seconds + Number(days ?? 0) * 86_400) * 1000)
}

export const PS_VIEW: ProcessView = {
  ...byLooking(look),
  environment: (row) => asEntries(row),
  isEntry({ told }, entry) {
    // Who names the mark on a command line (`grep`) does not carry it.
    const command = told?.command() ?? null
    if (told === null || command === null || !told.words.startsWith(command)) return false
    return ` ${told.words.slice(command.length)} `.includes(` ${entry} `)
  },
  commandLine: (row) => asEntries(row),
  isOwnUser: ({ told }) => told?.isOwnUser === true,
  namespacePids: (pid) => [pid],
  diskBytes: () => null,
  bootId() {
    const answer = spawnSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8', timeout: PS_MS_MAX })
    return answer.stdout?.trim() ?? ''
  },
  signal: killByNumber,
  canAsk: true,
  isOrdered: false,
  lookMs: LOOK_MS,
}

function asEntries({ told }: ProcessRow): string {
  return `\0${(told?.words ?? '').replaceAll(' ', '\0')}\0`
}

function look(pids: readonly number[] | null): ProcessRow[] {
  // One more answer for all rows of this look, when somebody wants to know.
  let commands: Map<string, string> | null = null
  return readPs(ask(pids, { withEnvironment: true }), ownUser(), (row) => {
    commands ??= new Map(
      readPs(ask(pids, { withEnvironment: false }), ownUser()).map((bare) => [keyOf(bare), bare.told?.words ?? '']),
    )
    return commands.get(keyOf(row)) ?? null
  })
}

function keyOf({ pid, startTicks }: { pid: number; startTicks: number }): string {
  return `${pid}@${startTicks}`
}

function ownUser(): number {
  return process.getuid?.() ?? -1
}

const OURS = new RegExp(`^\\s*${process.pid}\\s`, 'm')

/** We are in every answer: one without us is no answer, and says nothing about anybody else either. */
function ask(pids: readonly number[] | null, what: { withEnvironment: boolean }): string {
  const argv = psArgv(process.platform, pids, what)
  const program = requireProgram('ps', 'procps')
  let reason = ''
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    // One language, one time zone, and nothing by which a user changes what `ps` prints.
    const { stdout, stderr, error } = spawnSync(program, argv, {
      encoding: 'latin1',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      timeout: PS_MS_MAX,
      maxBuffer: OUTPUT_BYTES_MAX,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (error === undefined && OURS.test(stdout)) return stdout
    reason = error?.message ?? (stderr.trim() || 'it does not list the process that asks')
  }
  throw new NoAnswer(`ps does not tell about processes: ${reason}`)
}
