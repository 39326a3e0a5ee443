/**
 * The portable shim: what `shim.ts` is where its shell script cannot run (no /proc, no flock or setsid of util-linux). The
 * same files in the same order, so that who adopts an attempt sees no difference but in the lock. Its other side is
 * `node-shim-process.ts`.
 *
 * It costs what Node costs: 11 MB that it shares with nobody, and from its start to `run.json` 46 ms with /proc, 95 ms where
 * it has to ask `ps`. (The shell's: 0.1 MB and some 10 ms.) Flags of V8 for less memory make no difference.
 *
 * What it must know, the tool's environment above all, goes through a pipe: values may be secret, so they are in no file
 * and on no command line. If we are killed before all of it is written, it starts nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { entryPath } from './entry.ts'
import { PORTABLE_VARIABLE } from './system.ts'

export interface NodeShimOrder {
  dir: string
  nonce: string
  cwd: string
  /** The tool's whole environment but for PWD and the nonce. */
  env: Readonly<Record<string, string>>
  /** Absolute, or null for no input. */
  stdinFile: string | null
  argv: readonly string[]
  /** Whether argv runs the tool in a box. */
  isBoxed: boolean
  /** The tool's control group, or null. */
  group: string | null
}

/** What Node, `ps` and PowerShell need of our environment. Not NODE_OPTIONS: they are meant for others. */
const PASSED = ['PATH', 'SystemRoot', PORTABLE_VARIABLE]

/**
 * Starts the shim, detached, its words going to `log` and the tool's to `out` (open files). The nonce is among its arguments
 * on purpose: by it the shim is known as the parent of its tool.
 */
export function startNodeShim(order: NodeShimOrder, { out, log }: { out: number; log: number }): ChildProcess {
  const entry = entryPath(import.meta.url, { source: 'node-shim-process.ts', built: 'shim.js' })
  const env = Object.fromEntries(PASSED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
  const child = spawn(process.execPath, ['--no-warnings', entry, order.nonce], {
    cwd: order.dir,
    env,
    detached: true,
    windowsHide: true,
    stdio: ['pipe', out, log],
  })
  // One that has ended says so by that.
  child.stdin!.on('error', () => {})
  child.stdin!.end(JSON.stringify(order))
  return child
}
