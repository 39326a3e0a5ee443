/**
 * Which way of looking after processes this system has, decided once. Linux tells everything about a process in /proc; other
 * Unixes tell most of it through `ps`; Windows tells numbers, parents and start times. What each cannot do is said by
 * `doctor` (`playbook/checks/processes.ts`).
 *
 * `SLUICE_PORTABLE=1` takes the way of `ps` where there is /proc too: so that it is really run by our tests, and by whoever
 * doubts it. It is read by our own processes only and handed on to no tool.
 */
import { existsSync } from 'node:fs'

export type System = 'proc' | 'ps' | 'windows'

/** Its value `1` asks for the portable way. */
export const PORTABLE_VARIABLE = 'SLUICE_PORTABLE'

export const SYSTEM: System = systemOf(process.platform, {
  hasProc: existsSync('/proc/self/stat'),
  isPortable: process.env[PORTABLE_VARIABLE] === '1',
})

/** The way that fits a platform (as Node names it). */
export function systemOf(platform: string, here: { hasProc: boolean; isPortable: boolean }): System {
  if (platform === 'win32') return 'windows'
  return here.hasProc && !here.isPortable ? 'proc' : 'ps'
}
