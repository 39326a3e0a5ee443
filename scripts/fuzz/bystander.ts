/**
 * Somebody else's process (I13): in the session of the orchestrator that is killed, in the repository, with variables like those of
 * a tool and a mark that is not ours. It writes down every signal that it gets, and that its child was ended. It goes when its notes
 * are gone.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { linesOf } from '../aftermath.ts'

/**
 * Starts it in a group of its own (`set -m`), for bash. `FUZZ_BYSTANDER` is the file of its notes: its process, then what befell
 * it.
 */
export const START_BYSTANDER = `set -m; SLUICE_NONCE=of-somebody-else SLUICE_WORKSTREAM=a SLUICE_ATTEMPT=1 bash -c '
echo "$$" >"$0"
for signal in HUP INT QUIT USR1 USR2 TERM; do trap "echo it got $signal >>\\"$0\\"" "$signal"; done
while :; do
  sleep 60 &
  wait "$!" || echo "its child was ended, or it was woken: $?" >>"$0"
  [ -e "$0" ] || exit
done' "$FUZZ_BYSTANDER" </dev/null >/dev/null 2>&1 & set +m`

export interface Bystander {
  /** The file of its notes. */
  notes: string
  /** One was started and not dismissed. */
  isThere(): boolean
  /** It and its child: processes that are no left-overs. */
  pids(): number[]
  /** What has happened to it, in words. */
  noticed(): string[]
  /** Ends it. */
  dismiss(): void
}

export function bystanderAt(notes: string): Bystander {
  const read = (): string[] => linesOf(notes)
  const pid = (): number | null => Number(read()[0] ?? '') || null
  /** Its number may be somebody else's by now. */
  const lives = (): boolean =>
    existsSync(`/proc/${pid()}`) && readFileSync(`/proc/${pid()}/cmdline`, 'utf8').includes(notes)
  return {
    notes,
    isThere: () => existsSync(notes),
    pids() {
      const leader = pid()
      return leader === null || !lives() ? [] : inGroup(leader)
    },
    noticed() {
      const [leader, ...signals] = read()
      if (leader === undefined) return []
      return [...signals, ...(lives() ? [] : ['it was killed'])]
    },
    dismiss() {
      // It leads a group, in which is its child.
      if (lives()) process.kill(-pid()!, 'SIGKILL')
      rmSync(notes, { force: true })
    },
  }
}

/** Processes of a group, by /proc. */
function inGroup(leader: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const stat = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/stat`, 'latin1') : ''
      // After the name in parentheses: state, parent, group.
      const group = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]
      return Number(group) === leader ? [Number(name)] : []
    } catch {
      // It has ended.
      return []
    }
  })
}
