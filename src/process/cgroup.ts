/**
 * A control group for each tree, where this user may make one: the kernel then keeps the list of its members, which
 * nobody leaves by forking, by a session of its own or by emptying its environment, and kills them all at one stroke.
 *
 * The groups lie below the highest folder of the hierarchy that is ours to write, and are named by nonce: so whoever
 * comes after us, from another terminal or another session, finds them again without having been told.
 *
 * Not kept in: a tool that runs without a box as a user who may write there can move itself elsewhere.
 */
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isOutOfFiles } from './full-disk.ts'
import { isWithin } from './real-path.ts'
import { SYSTEM } from './system.ts'

/** Only there where the controller for memory is handed down to us. */
const MEMORY_LIMIT = 'memory.max'

/** Moves itself there and kills what is in there: proof is that it does not come to its end. */
const PROBE = `echo 0 >"$0/cgroup.procs" && echo 1 >"$0/cgroup.kill"; sleep 5`
const PROBE_MS_MAX = 5_000

export interface CgroupBase {
  /** The folder that groups are made in. */
  folder: string
  /** Whether the kernel may be told how much memory a group gets. */
  limitsMemory: boolean
}

let base: CgroupBase | null | undefined

/** null where groups cannot be made, or not be killed, or there is no /proc. Tried once per process. */
export function cgroupBase(): CgroupBase | null {
  if (base === undefined) base = SYSTEM === 'proc' ? probe() : null
  return base
}

function probe(): CgroupBase | null {
  const own = ownFolder()
  const highest = own === null ? null : highestOfOurs(own.mount, own.folder)
  if (highest === null) return null
  const group = join(highest, `sluice-probe-${process.pid}`)
  try {
    mkdirSync(group)
    const { signal } = spawnSync('/bin/sh', ['-c', PROBE, group], { env: {}, timeout: PROBE_MS_MAX, stdio: 'ignore' })
    const limitsMemory = existsSync(join(group, MEMORY_LIMIT))
    if (signal !== 'SIGKILL') return null
    removeAbandoned(highest, Date.now())
    return { folder: highest, limitsMemory }
  } catch {
    return null
  } finally {
    removeGroup(group)
  }
}

/**
 * Removes groups that nobody is in and that were made a while ago: whoever wanted them was killed, and nobody has gone on
 * with that run. The kernel refuses to remove one that is in use.
 */
export function removeAbandoned(folder: string, nowMs: number): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('sluice-')) continue
    const group = join(folder, name)
    const madeMs = statSync(group, { throwIfNoEntry: false })?.mtimeMs ?? nowMs
    if (nowMs - madeMs > ABANDONED_MS) removeGroup(group)
  }
}

/** From making a group to being in it takes milliseconds. */
const ABANDONED_MS = 60_000

/** Where version 2 is mounted, and our folder in it. */
function ownFolder(): { mount: string; folder: string } | null {
  const mount = /^(?:\S+ ){4}(\S+) .* - cgroup2 /m.exec(read('/proc/self/mountinfo'))?.[1]
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1]
  if (mount === undefined || path === undefined || path.includes('/..')) return null
  const folder = join(mount, path)
  return existsSync(folder) ? { mount, folder } : null
}

/** A process may be moved to where one may write, and only below a folder from which one may take it. */
function highestOfOurs(mount: string, own: string): string | null {
  let highest: string | null = null
  for (let folder = own; isWithin(folder, mount) && isOurs(folder); folder = dirname(folder)) highest = folder
  return highest
}

function isOurs(folder: string): boolean {
  try {
    for (const path of [folder, join(folder, 'cgroup.procs')]) accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The group of a nonce, whether there is one or not; null where there are none. */
function groupOf(nonce: string): string | null {
  const here = cgroupBase()
  return here === null || !/^[\w-]+$/.test(nonce) ? null : join(here.folder, `sluice-${nonce}`)
}

/**
 * Makes the group of a tree that is about to be started; null where that is not possible. Of memory its members get at
 * most `memoryBytesMax` together, where that can be said: beyond it the kernel ends one of them.
 */
export async function makeGroup(nonce: string, memoryBytesMax: number | null): Promise<string | null> {
  const group = groupOf(nonce)
  if (group === null) return null
  try {
    // The kernel takes some milliseconds for it, in which others go on.
    await mkdir(group, { recursive: true })
    if (memoryBytesMax !== null) limitMemory(group, memoryBytesMax)
    return group
  } catch {
    return null
  }
}

/** Says the limit to the kernel, in a folder that knows one. */
export function limitMemory(group: string, bytesMax: number): void {
  const file = join(group, MEMORY_LIMIT)
  if (existsSync(file)) writeFileSync(file, String(Math.floor(bytesMax)))
}

/** The living members of a tree's group. */
export function groupMembers(nonce: string): number[] {
  const group = groupOf(nonce)
  return group === null ? [] : read(join(group, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)
}

/** Kills all members of a tree's group; the kernel does it, and reaches nobody else. */
export function killGroup(nonce: string): void {
  const group = groupOf(nonce)
  if (group === null || !existsSync(group)) return
  try {
    writeFileSync(join(group, 'cgroup.kill'), '1')
  } catch {
    // Gone since the look, which is what was wanted.
  }
}

/** Removes the group of a tree that has ended. One that is in use stays. */
export function dropGroup(nonce: string): void {
  const group = groupOf(nonce)
  if (group !== null) removeGroup(group)
}

function removeGroup(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // There is none, or a member is still on its way out: it is empty, costs nothing, and goes with the next kill.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isOutOfFiles(error)) throw error
    return ''
  }
}
