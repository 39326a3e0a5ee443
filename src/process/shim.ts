/**
 * The shim: a small shell script between us and a tool, one per attempt, in a session of its own. It outlives the
 * orchestrator, waits for the tool and records how it ended. A shell needs 0.1 MB and starts in some 10 ms, where
 * Node would need 10 MB and 100 ms (`node-shim.ts`, where this one cannot run).
 *
 * Why it is written as it is:
 * - The text is passed by `sh -c`: it survives bundling, and no upgrade changes a script that a shell is reading.
 * - Its environment is the tool's, so no variable of its own may have a name that a tool could know: `sluice_*`.
 *   The nonce is exported in the child only, and a shell's exports do not show in its own /proc/<pid>/environ.
 * - The lock is fd 9 of the shim; the tool is started without it, else it would outlive the shim in the tool's children.
 * - `run.json` is in place before the tool is started, by the process that becomes the tool: exec and setsid keep number
 *   and start time. A kill at any moment leaves either no tool, or a tool that can be found.
 * - The child runs in the foreground: a shell starts background jobs with SIGINT ignored.
 * - The child is not a group leader, so setsid(1) does not fork, and killing the tool's group spares the shim.
 * - Room for `exit.json` is taken before the tool is started, and the end is written over it: on a disk that is full by
 *   then a file that grows could only be empty, and a tool that has ended well would look lost.
 * - A shell reports a signal as 128 + number, like a program that exits with 137. But it also prints a word about a
 *   child that was killed, and to `shim.log` nobody else writes; for INT, PIPE and TERM shells may stay silent, and
 *   who exits with 130, 141 or 143 says the same by convention. A box tells every signal inside it in that way.
 */
export const SHIM = `
sluice_who() {
  read -r sluice_line </proc/self/stat
  sluice_pid=\${sluice_line%% *}
  set -f
  set -- \${sluice_line##*) }
  sluice_id="{\\"bootId\\":\\"$sluice_boot\\",\\"pid\\":$sluice_pid,\\"startTicks\\":\${20}}"
}
sluice_boot=$1 sluice_nonce=$2 sluice_dir=$3 sluice_cwd=$4 sluice_stdin=$5
sluice_setsid=$7 sluice_sync=$8 sluice_mv=$9
exec 9>>lock || exit 75
"$6" -w 10 9 2>&1 || exit 75
[ ! -e void ] || exit 76
shift 9
sluice_boxed=$1 sluice_group=$2
shift 2
printf '%64s\\n' '' >exit.new || exit 74
sluice_who
sluice_shim=$sluice_id
(
  cd "$sluice_cwd" || exit 125
  exec <"$sluice_stdin" || exit 125
  sluice_who
  printf '{"nonce":"%s","shim":%s,"tool":%s}\\n' "$sluice_nonce" "$sluice_shim" "$sluice_id" >"$sluice_dir/run.new" || exit 125
  "$sluice_mv" -f "$sluice_dir/run.new" "$sluice_dir/run.json" || exit 125
  [ -z "$sluice_group" ] || echo 0 2>/dev/null >"$sluice_group/cgroup.procs"
  unset OLDPWD
  SLUICE_NONCE=$sluice_nonce
  export SLUICE_NONCE
  exec "$sluice_setsid" "$@" 2>&1 9>&-
)
sluice_status=$?
sluice_signal=
case $sluice_status in
  130 | 141 | 143) sluice_signal=yes ;;
  *) if [ "$sluice_status" -gt 128 ] && { [ -n "$sluice_boxed" ] || [ -s shim.log ]; }; then sluice_signal=yes; fi ;;
esac
if [ -n "$sluice_signal" ]; then sluice_signal=$(kill -l "$sluice_status" 2>/dev/null); fi
if [ -n "$sluice_signal" ]; then
  sluice_end="{\\"code\\":null,\\"signal\\":\\"SIG$sluice_signal\\"}"
else
  sluice_end="{\\"code\\":$sluice_status,\\"signal\\":null}"
fi
printf '%-64s\\n' "$sluice_end" 1<>exit.new
"$sluice_sync" exit.new
"$sluice_mv" -f exit.new exit.json
`

/** Absolute paths. */
export interface ShimPrograms {
  flock: string
  setsid: string
  sync: string
  mv: string
}

export interface ShimArguments {
  bootId: string
  nonce: string
  dir: string
  cwd: string
  stdinFile: string | null
  programs: ShimPrograms
  argv: readonly string[]
  /** Whether argv runs the tool in a box. */
  isBoxed: boolean
  /** Its control group, which the tool is put into and the shim is not; or null. */
  group: string | null
}

/** argv after `sh`. The nonce is among them on purpose: by it the shim is known as the parent of its tool. */
export function shimArgv({
  bootId,
  nonce,
  dir,
  cwd,
  stdinFile,
  programs,
  argv,
  isBoxed,
  group,
}: ShimArguments): string[] {
  const { flock, setsid, sync, mv } = programs
  const boxed = isBoxed ? 'yes' : ''
  const place = [bootId, nonce, dir, cwd, stdinFile ?? '/dev/null']
  return ['-c', SHIM, 'sluice-shim', ...place, flock, setsid, sync, mv, boxed, group ?? '', ...argv]
}
