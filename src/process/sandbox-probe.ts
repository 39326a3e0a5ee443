/**
 * Does the sandbox work here? Never believed by a version: whether a user may make namespaces depends on the kernel, on
 * its settings, on AppArmor and on the container that we are in, so one is really made, once per process.
 */
import { spawnSync } from 'node:child_process'
import { EXIT, SluiceError } from '../model/failure.ts'
import { findProgram, SYSTEM_PATH } from './program.ts'
import { NAMESPACES, ROOT } from './sandbox.ts'
import { SYSTEM } from './system.ts'

/** As in `sluice.yaml`. */
export type SandboxLevel = 'off' | 'auto' | 'strict'

export type SandboxProbe =
  | { kind: 'works'; program: string }
  | { kind: 'missing' }
  /** bubblewrap needs Linux, and we its /proc. */
  | { kind: 'elsewhere' }
  /** It is there and cannot do it; the reason in its own words. */
  | { kind: 'refused'; reason: string }

/** Takes 10 ms. */
const PROBE_MS_MAX = 5_000

/** A first process, a root that cannot be written, a /tmp that can, and no capability: each is a promise, and kept. */
const SCRIPT = `
[ $$ -le 2 ] || { echo 'no process namespace of its own'; exit 1; }
[ ! -w /etc ] || { echo 'the file system stayed writable'; exit 1; }
: >/tmp/sluice || exit 1
while read -r name value; do
  [ "$name" != CapEff: ] || [ -z "\${value##*[!0]*}" ] || { echo kept; exit 0; }
done </proc/self/status
echo 'capabilities were kept'
exit 1
`

/** Makes one and looks around in it. Changes nothing outside. `closed`: without network too, as `strict` needs. */
export function probeSandbox(path: string | undefined, { closed }: { closed: boolean }): SandboxProbe {
  const program = findProgram('bwrap', `${path ?? ''}:${SYSTEM_PATH}`, '/')
  if (program === null) return { kind: 'missing' }
  const net = closed ? ['--unshare-net'] : []
  const argv = [...NAMESPACES, ...net, ...ROOT, '--tmpfs', '/tmp', '--', '/bin/sh', '-c', SCRIPT]
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: {},
    timeout: PROBE_MS_MAX,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (status === 0 && stdout === 'kept\n') return { kind: 'works', program }
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').at(-1) ?? ''
  return { kind: 'refused', reason: said === '' ? (error?.message ?? `it ended with ${status}`) : said }
}

const probes = new Map<boolean, SandboxProbe>()

/** The same, asked once per process. */
export function sandboxHere(level: Exclude<SandboxLevel, 'off'>): SandboxProbe {
  const closed = level === 'strict'
  const known = probes.get(closed) ?? probe(closed)
  probes.set(closed, known)
  return known
}

function probe(closed: boolean): SandboxProbe {
  return SYSTEM === 'proc' ? probeSandbox(process.env['PATH'], { closed }) : { kind: 'elsewhere' }
}

/** Why there is no sandbox, and what to do about it. */
export function sandboxProblem(probe: Exclude<SandboxProbe, { kind: 'works' }>): { message: string; fix: string } {
  if (probe.kind === 'elsewhere') {
    return {
      message: 'there is no sandbox on this system',
      fix: 'run it on Linux, or in a virtual machine or container',
    }
  }
  if (probe.kind === 'missing') {
    return { message: 'bubblewrap is not on this machine', fix: 'install the package bubblewrap' }
  }
  return {
    message: `bubblewrap does not work here (${probe.reason})`,
    fix: 'allow user namespaces (kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)',
  }
}

/**
 * The program for this level, or null: none is wanted, or `auto` and there is none (which `doctor` says, once). Throws
 * E106, exit 5, when it is `strict` and cannot be kept.
 */
export function sandboxProgram(level: SandboxLevel): string | null {
  if (level === 'off') return null
  const probe = sandboxHere(level)
  if (probe.kind === 'works') return probe.program
  if (level === 'auto') return null
  const { message, fix } = sandboxProblem(probe)
  throw new SluiceError({ code: 'E106', message: `sandbox: strict cannot be kept: ${message}`, fix }, EXIT.noGo)
}
