/**
 * Eight descendants that do not want to be ended, as real programs. Each stays until it is killed (bounded, in case a
 * test fails), and its command line holds the mark by which the test counts survivors: whatever it does to its
 * environment, its session and its parents, that stays.
 */
import { readFileSync } from 'node:fs'
import { processTable } from '../../src/process/table.ts'

/** By name; `$1` is the file that says that it is up, `$2` the mark. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'ignores TERM': `trap '' TERM HUP INT; : >"$1"; while :; do sleep "$2"; done`,
  'leaves the session': `exec setsid sh -c ': >"$1"; while :; do sleep "$2"; done' sh "$1" "$2"`,
  'is a daemon': `setsid sh -c '(: >"$1"; cd /; exec sleep "$2") & exit 0' sh "$1" "$2"`,
  'empties its environment': `exec env -i /bin/sh -c ': >"$1"; while :; do sleep "$2"; done' sh "$1" "$2"`,
  'is a daemon with an empty environment': `env -i setsid /bin/sh -c '(: >"$1"; cd /; exec sleep "$2" >/dev/null 2>&1) & exit 0' sh "$1" "$2"`,
  'forks and forks': `storm() { [ $1 -gt 0 ] && { storm $(($1 - 1)) & storm $(($1 - 1)) & }; exec sleep "$mark"; }
    mark=$2; : >"$1"; storm 4`,
  'stops itself': `: >"$1"; kill -STOP $$; exec sleep "$2"`,
  // A new process every few milliseconds, each orphaned, in a session of its own and without an environment.
  'is never the same process': `hop='i=$3; : >"$1"; [ $i -gt 0 ] || exit 0; sleep 0.02
      env -i setsid /bin/sh -c "$4" sh "$1" "$2" $((i - 1)) "$4" & exit 0'
    env -i setsid /bin/sh -c "$hop" sh "$1" "$2" 500 "$hop" &`,
}

export const NAMES = Object.keys(PROGRAMS)

/** A script that starts all of them and stays. The files that appear in `folder` when they are up: \`up-0\` ... */
export function allOf(folder: string, mark: string): string {
  const starts = Object.values(PROGRAMS).map((text, at) => `sh -c '${quoted(text)}' sh ${folder}/up-${at} ${mark} &`)
  return `${starts.join('\n')}\nwait; exec sleep ${mark}`
}

function quoted(text: string): string {
  return text.replaceAll("'", `'\\''`)
}

/**
 * A mark: how long its processes sleep, in seconds, ten minutes and a fraction that nobody else has. Disposed of, it ends
 * who is left of a test that failed.
 */
export function newMark(): { text: string } & Disposable {
  const text = `600.${process.pid}${process.hrtime.bigint() % 1_000_000_000n}`
  return {
    text,
    [Symbol.dispose]() {
      for (let left = survivors(text, []); left.length > 0; left = survivors(text, [])) {
        for (const line of left) if (!line.includes('sluice-shim')) process.kill(Number.parseInt(line, 10), 'SIGKILL')
      }
    },
  }
}

/** Living processes with the mark, but for those whose number is given: a shim names what its tool is called with. */
export function survivors(mark: string, except: readonly number[]): string[] {
  return processTable().flatMap(({ pid, state }) => {
    if (state === 'Z' || except.includes(pid)) return []
    const line = commandLine(pid)
    return line.includes(mark) ? [`${pid}: ${line.slice(0, 80)}`] : []
  })
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
