/**
 * The box that tools and checks run in, by bubblewrap: the whole file system read-only, the places of this machine that
 * hold something of the user's emptied, and a few folders writable. With a PID namespace of its own, so that a kill of
 * the outermost process ends everything in it, whatever it has become; without capabilities, which root would otherwise
 * use to mount a folder writable again.
 *
 * For each path the rule of the deepest place above it counts. So a home folder can be hidden, a folder in it shown, and
 * one below that hidden again, in whatever order they are named.
 *
 * Not kept away: sockets that a path leads to outside the hidden places (a Docker daemon) or that have none (abstract
 * ones, unless the network is closed).
 */
import { sep } from 'node:path'
import { type Area, openedBy } from './leads.ts'
import { realPath } from './real-path.ts'

/** `hidden`: an empty folder. `scratch`: an empty one to write in, gone afterwards. */
export type Rule = 'hidden' | 'scratch' | 'readable' | 'writable'

export interface Enclosure {
  /** bubblewrap, absolute. */
  program: string
  /** False: not even the local one of the machine. */
  network: boolean
  /** Absolute paths; those that do not exist need no rule. */
  rules: readonly (readonly [path: string, rule: Rule])[]
  /** What is hidden, but for what the command and its environment lead into. */
  areas: readonly Area[]
}

/** The processes: gone with us, nobody else's to see, in a session of their own (TIOCSTI), without any privilege. */
export const NAMESPACES = [
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--die-with-parent',
  '--new-session',
  '--cap-drop',
  'ALL',
] as const

/** Everything can be read, devices that hold nothing are new, and /proc shows the box only. */
export const ROOT = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'] as const

/** bubblewrap ends with 1 when there is nothing to start; this says it as setsid(1) does, and with 127. */
const START =
  'command -v -- "$1" >/dev/null || { echo "setsid: failed to execute $1: not found" >&2; exit 127; }; exec "$@"'

export interface Inmate {
  argv: readonly string[]
  /** Absolute, and in a place that is not hidden. */
  cwd: string
  /** The environment that it will be started with: it is passed on as it is, since arguments can be read by others. */
  env: Readonly<Record<string, string>>
}

/** The argv that runs `inmate.argv` in the box, or that argv itself when there is none. */
export function boxed(enclosure: Enclosure | null, inmate: Inmate): readonly string[] {
  if (enclosure === null) return inmate.argv
  const { program, network, rules, areas } = enclosure
  const hidden = areas.map(({ path, isScratch }) => [path, isScratch ? 'scratch' : 'hidden'] as const)
  const shown = rules.flatMap(([path, rule]) => (rule === 'readable' || rule === 'writable' ? [path] : []))
  const opened = openedBy(inmate, areas, shown).map((path) => [path, 'readable'] as const)
  return [
    program,
    ...NAMESPACES,
    ...(network ? [] : ['--unshare-net']),
    ...ROOT,
    ...mounts([...hidden, ...opened, ...rules]),
    '--chdir',
    realPath(inmate.cwd) ?? inmate.cwd,
    '--',
    '/bin/sh',
    '-c',
    START,
    'sh',
    ...inmate.argv,
  ]
}

const STRENGTH: readonly Rule[] = ['hidden', 'scratch', 'readable', 'writable']

/** Arguments of bubblewrap that make the rules true: it mounts in the order given, so what lies deeper comes later. */
function mounts(rules: readonly (readonly [string, Rule])[]): string[] {
  const wanted = new Map<string, Rule>()
  for (const [path, rule] of rules) {
    const real = realPath(path)
    if (real === null || real === sep) continue
    const before = wanted.get(real)
    if (before === undefined || STRENGTH.indexOf(rule) > STRENGTH.indexOf(before)) wanted.set(real, rule)
  }
  const ordered = [...wanted].toSorted(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1))
  // Closed last: what is mounted in an empty folder needs a place there first.
  const closed = ordered.flatMap(([path, rule]) => (rule === 'hidden' ? ['--remount-ro', path] : []))
  return [...ordered.flatMap(([path, rule]) => mount(path, rule)), ...closed]
}

function mount(path: string, rule: Rule): string[] {
  switch (rule) {
    case 'hidden':
    case 'scratch':
      return ['--tmpfs', path]
    case 'readable':
      return ['--ro-bind', path, path]
    case 'writable':
      return ['--bind', path, path]
  }
}

function depth(path: string): number {
  return path.split(sep).length
}
