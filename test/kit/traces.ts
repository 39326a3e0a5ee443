/**
 * What is still alive that belongs to a test's folder: tools and checks by the mark in their environment, shims and
 * commands by their arguments. A test ends with nothing of it; if it does not, this also cleans up behind it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Stray {
  pid: number
  command: string
}

/** Processes of `folder`, zombies and ourselves left out. */
export function straysOf(folder: string): Stray[] {
  return readdirSync('/proc').flatMap((name): Stray[] => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const command = read(pid, 'cmdline')
    if (command === '') return []
    const environment = read(pid, 'environ').split('\0')
    const isMarked =
      environment.some((entry) => entry.startsWith('SLUICE_NONCE=')) &&
      environment.some((entry) => entry.includes(folder))
    const isHere = placeOf(pid).startsWith(folder)
    return isMarked || isHere || command.includes(folder)
      ? [{ pid, command: command.replaceAll('\0', ' ').slice(0, 200) }]
      : []
  })
}

/** Ends what a failed test left behind; the folder is its own, so nobody else's process is in it. */
export function endStrays(folder: string): void {
  for (const { pid } of straysOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function read(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

function placeOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
