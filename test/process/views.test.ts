/** What systems that are not here say of their processes and their memory, from texts in their form, written by hand. */
import { describe, expect, it } from 'vitest'
import { readVmStat } from '../../src/process/macos-memory.ts'
import { psArgv, readPs } from '../../src/process/ps-view.ts'
import { systemOf } from '../../src/process/system.ts'
import { readWindows, windowsAskArgv, windowsKillArgv } from '../../src/process/windows-view.ts'

const USER = 501

/** `ps -E -ww -A` of macOS: fractions of seconds, no environment of a program of the system. */
const MACOS = `    1     0     1     0 Ss     6:12.34  17008 Sun Nov  1 08:15:02 2026 /sbin/launchd
 4242     1  4242   501 Ss     0:00.31  44112 Sun Nov 29 04:49:06 2026 /opt/homebrew/bin/node --no-warnings /p/shim.js 0d5c PATH=/usr/bin:/bin
 4243  4242  4243   501 S+     1:02.50 183204 Sun Nov 29 04:49:07 2026 /opt/homebrew/bin/claude -p do it SLUICE_NONCE=0d5c PWD=/w
 4250  4243  4243   501 R      0:00.00   1204 Sun Nov 29 04:50:00 2026 /bin/sh -c make
 4251  4250  4243   501 Z      0:00.00      0 Sun Nov 29 04:50:00 2026 <defunct>
`

describe('ps', () => {
  it('is asked for everything in one line for each, environment included', () => {
    const columns = ['pid', 'ppid', 'pgid', 'uid', 'stat', 'time', 'rss', 'lstart', 'args']
    const asked = columns.flatMap((column) => ['-o', `${column}=`])
    expect(psArgv('darwin', null, { withEnvironment: true })).toEqual(['-E', '-ww', '-A', ...asked])
    expect(psArgv('darwin', [7, 8], { withEnvironment: false })).toEqual(['-ww', '-p', '7,8', ...asked])
    expect(psArgv('linux', [7], { withEnvironment: true })).toEqual(['eww', '-p', '7', ...asked])
  })

  it('tells who each process is, what it uses and whose it is', () => {
    const rows = readPs(MACOS, USER)
    expect(rows.map(({ pid }) => pid)).toEqual([1, 4242, 4243, 4250, 4251])
    expect(rows[2]).toMatchObject({
      parent: 4242,
      group: 4243,
      session: 4243,
      state: 'S',
      cpuMs: 62_500,
      residentBytes: 183_204 * 1024,
      startTicks: Date.UTC(2026, 10, 29, 4, 49, 7) / 1000,
      told: { isOwnUser: true, words: '/opt/homebrew/bin/claude -p do it SLUICE_NONCE=0d5c PWD=/w' },
    })
    expect(rows[0]).toMatchObject({ told: { isOwnUser: false }, startTicks: Date.UTC(2026, 10, 1, 8, 15, 2) / 1000 })
    expect(rows[4]!.state).toBe('Z')
  })

  it('tells long times', () => {
    const line = (time: string): string => `7 1 7 501 S ${time} 8 Sun Nov 29 04:49:06 2026 x`
    expect(readPs(line('3-01:00:02'), USER)[0]!.cpuMs).toBe((3 * 86_400 + 3602) * 1000)
    expect(readPs(line('125:00.50'), USER)[0]!.cpuMs).toBe(125 * 60_000 + 500)
  })

  it('leaves out what is no row', () => {
    expect(readPs('', USER)).toEqual([])
    expect(readPs('ps: illegal option\n7 1 7 501 S 0:00 8 - x\n', USER)).toEqual([])
  })
})

/** `ConvertTo-Json -Compress` of Windows PowerShell. */
const WINDOWS = JSON.stringify([
  { ProcessId: 0, ParentProcessId: 0, Started: 0, KernelModeTime: 9, UserModeTime: 0, WorkingSetSize: 8192 },
  {
    ProcessId: 900,
    ParentProcessId: 4,
    Started: 63931524546123,
    KernelModeTime: 312500,
    UserModeTime: 937500,
    WorkingSetSize: 52428800,
    CommandLine: '"C:\\Program Files\\nodejs\\node.exe" C:\\p\\shim.js 0d5c',
  },
  {
    ProcessId: 901,
    ParentProcessId: 900,
    Started: 63931524546200,
    KernelModeTime: 0,
    UserModeTime: 0,
    WorkingSetSize: 1,
    CommandLine: 'agent.exe',
  },
  {
    ProcessId: 500,
    ParentProcessId: 901,
    Started: 63931500000000,
    KernelModeTime: 0,
    UserModeTime: 0,
    WorkingSetSize: 1,
    CommandLine: null,
  },
])

describe('Windows', () => {
  it('is asked by PowerShell, and ends trees by taskkill', () => {
    expect(windowsAskArgv([7, 8]).at(-1)).toMatch(
      /^Get-CimInstance Win32_Process -Filter 'ProcessId=7 OR ProcessId=8' \| Select-Object ProcessId,.* \| ConvertTo-Json -Compress$/,
    )
    expect(windowsAskArgv(null).at(-1)).not.toContain('-Filter')
    expect(windowsKillArgv(7, 'process')).toEqual(['taskkill.exe', '/PID', '7', '/F'])
    expect(windowsKillArgv(7, 'group')).toEqual(['taskkill.exe', '/PID', '7', '/T', '/F'])
  })

  it('tells who each process is, and whose parent was somebody else of that number', () => {
    const rows = readWindows(WINDOWS)
    expect(rows.map(({ pid, parent }) => [pid, parent])).toEqual([
      [900, 0],
      [901, 900],
      [500, 0],
    ])
    expect(rows[0]).toMatchObject({ startTicks: 63931524546123, cpuMs: 125, residentBytes: 50 * 1024 ** 2 })
    expect(rows.map(({ told }) => told!.isOwnUser)).toEqual([true, true, false])
  })

  it('tells one process as an object, and nothing as nothing', () => {
    const [, one]: unknown[] = JSON.parse(WINDOWS)
    expect(readWindows(JSON.stringify(one))).toMatchObject([{ pid: 900 }])
    expect(readWindows('')).toEqual([])
    expect(readWindows('Get-CimInstance : Access denied')).toEqual([])
  })
})

describe('memory of macOS', () => {
  it('that is available is what is free, read ahead or unused', () => {
    const text = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               11241.
Pages active:                            368013.
Pages inactive:                          357612.
Pages speculative:                         9544.
Pages throttled:                              0.
`
    expect(readVmStat(text)).toBe((11_241 + 9_544 + 357_612) * 16_384)
    expect(readVmStat('')).toBeNull()
  })
})

describe('the way that fits a system', () => {
  it.each([
    ['linux', { hasProc: true, isPortable: false }, 'proc'],
    ['linux', { hasProc: true, isPortable: true }, 'ps'],
    ['darwin', { hasProc: false, isPortable: false }, 'ps'],
    ['win32', { hasProc: false, isPortable: true }, 'windows'],
  ] as const)('%s, %j: %s', (platform, here, way) => {
    expect(systemOf(platform, here)).toBe(way)
  })
})
