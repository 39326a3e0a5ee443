/** Whether tests of the sandbox can run here, and what to say when they cannot: they are skipped, visibly. */
import { probeSandbox, sandboxProblem } from '../../src/process/sandbox-probe.ts'

const probe = probeSandbox(process.env['PATH'], { closed: true })

/** Null where there is a sandbox, else the reason, to be put into the name of what is skipped. */
export const UNBOXED = probe.kind === 'works' ? null : ` (skipped: ${why(probe)})`

function why(failed: Exclude<typeof probe, { kind: 'works' }>): string {
  const { message, fix } = sandboxProblem(failed)
  return failed.kind === 'missing' ? `${message}: apt-get install bubblewrap` : `${message}: ${fix}`
}

/** bubblewrap; a name where there is none, for tests of arguments only. */
export const SANDBOX = { program: probe.kind === 'works' ? probe.program : 'bwrap' }
