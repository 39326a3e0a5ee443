/** Which shim runs the attempts of this machine: the shell's where its programs are there, else Node's. */
import { findProgram, SYSTEM_PATH } from './program.ts'
import type { ShimPrograms } from './shim.ts'
import { SYSTEM } from './system.ts'

export type ShimChoice = { kind: 'shell'; programs: ShimPrograms } | { kind: 'node'; missing: string[] }

/** `missing`: what the shell's would need, of util-linux and coreutils. Asked anew each time: they may be installed meanwhile. */
export function shimHere(): ShimChoice {
  const path = `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}`
  const find = (name: string): string | null => (SYSTEM === 'proc' ? findProgram(name, path, '/') : null)
  const programs = { flock: find('flock'), setsid: find('setsid'), sync: find('sync'), mv: find('mv') }
  return areThere(programs)
    ? { kind: 'shell', programs }
    : { kind: 'node', missing: Object.entries(programs).flatMap(([name, found]) => (found === null ? [name] : [])) }
}

function areThere(programs: Record<keyof ShimPrograms, string | null>): programs is ShimPrograms {
  return Object.values(programs).every((found) => found !== null)
}
