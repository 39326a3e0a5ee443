/**
 * Processes as Windows tells of them, asked through PowerShell: half a second for a look.
 *
 * What it cannot do: there are no groups and no environments of others, so a tree is its first process and who descends from
 * it while the parents live; `taskkill /T` ends those at one stroke. Who outlives its parent is not found again. A process
 * cannot be asked to end, only be ended. None of this has been run on Windows: commands and answers are tested as texts.
 *
 * The number of a parent that has ended is still told, and may be somebody else's by then: it counts only if that one is older.
 */
import { spawnSync } from 'node:child_process'
import { fieldsOf, integerOf } from './files.ts'
import { byLooking, NoAnswer, type ProcessRow, type ProcessView, type Told } from './view.ts'

const ASK_MS_MAX = 30_000
const TRIES_MAX = 3
const OUTPUT_BYTES_MAX = 64 * 1024 ** 2

/** A look stops us for half a second, so there are few. */
const LOOK_MS = 30_000

/** Start time in milliseconds; times of the processor come in units of 100 ns. */
const COLUMNS = [
  'ProcessId',
  'ParentProcessId',
  "@{n='Started';e={if ($_.CreationDate) {[long]($_.CreationDate.ToUniversalTime().Ticks / 10000)} else {0}}}",
  'KernelModeTime',
  'UserModeTime',
  'WorkingSetSize',
  'CommandLine',
]

/** The command that asks; `pids` null: for all. */
export function windowsAskArgv(pids: readonly number[] | null): string[] {
  const filter = pids === null ? '' : ` -Filter '${pids.map((pid) => `ProcessId=${pid}`).join(' OR ')}'`
  const script = `Get-CimInstance Win32_Process${filter} | Select-Object ${COLUMNS.join(',')} | ConvertTo-Json -Compress`
  return ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', script]
}

/** The command that ends a process; `group`: with all that descend from it. */
export function windowsKillArgv(pid: number, whom: 'process' | 'group'): string[] {
  return ['taskkill.exe', '/PID', String(pid), ...(whom === 'group' ? ['/T'] : []), '/F']
}

/** The rows in the JSON that PowerShell printed: one object when there is one only. Others are left out. */
export function readWindows(text: string): ProcessRow[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  const rows = (Array.isArray(value) ? value : [value]).flatMap(rowOf)
  const starts = new Map(rows.map(({ pid, startTicks }) => [pid, startTicks]))
  return rows.map((row) => {
    const parentStart = starts.get(row.parent)
    return parentStart === undefined || parentStart > row.startTicks ? { ...row, parent: 0 } : row
  })
}

const NOBODYS: Told = { isOwnUser: false, words: '', command: () => null }

function rowOf(value: unknown): ProcessRow[] {
  const fields = fieldsOf(value)
  const number = (name: string): number => integerOf(Number(fields[name] ?? 0)) ?? 0
  const [pid, startTicks] = [number('ProcessId'), number('Started')]
  // The idle process and those of the kernel have no time and are nobody's.
  if (pid === 0 || startTicks === 0) return []
  const { CommandLine: words } = fields
  return [
    {
      pid,
      parent: number('ParentProcessId'),
      group: pid,
      session: pid,
      state: 'R',
      startTicks,
      cpuMs: (number('KernelModeTime') + number('UserModeTime')) / 10_000,
      residentBytes: number('WorkingSetSize'),
      // Of others' processes no command line is told.
      told: typeof words === 'string' ? { isOwnUser: true, words, command: () => words } : NOBODYS,
    },
  ]
}

export const WINDOWS_VIEW: ProcessView = {
  ...byLooking(look),
  environment: () => '',
  isEntry: () => false,
  commandLine: ({ told }) => `\0${(told?.words ?? '').replaceAll(/[" ]+/g, '\0')}\0`,
  isOwnUser: ({ told }) => told?.isOwnUser === true,
  namespacePids: (pid) => [pid],
  diskBytes: () => null,
  // Start times are absolute and exact: they differ between boots.
  bootId: () => '',
  signal({ pid }, _signal, whom) {
    const [program, ...args] = windowsKillArgv(pid, whom)
    spawnSync(program!, args, { timeout: ASK_MS_MAX, stdio: 'ignore', windowsHide: true })
  },
  canAsk: false,
  isOrdered: false,
  lookMs: LOOK_MS,
}

/** As in `ps-view.ts`: an answer without us is none. */
function look(pids: readonly number[] | null): ProcessRow[] {
  const [program, ...args] = windowsAskArgv(pids)
  let reason = ''
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { stdout, stderr, error } = spawnSync(program!, args, {
      encoding: 'utf8',
      timeout: ASK_MS_MAX,
      maxBuffer: OUTPUT_BYTES_MAX,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    const rows = error === undefined ? readWindows(stdout) : []
    if (rows.some(({ pid }) => pid === process.pid)) return rows
    reason = error?.message ?? stderr.trim()
  }
  throw new NoAnswer(`PowerShell does not tell about processes: ${reason}`)
}
