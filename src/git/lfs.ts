/**
 * Files kept by git-lfs: in git they are pointers, and the content lies in a folder beside it. A pointer whose content
 * nobody has cannot be checked out by anybody; one whose content lies in a hub is brought home before the hub goes.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { git } from './git.ts'
import type { Repository } from './repository.ts'

/** Of its specification: a pointer is shorter than this. */
export const POINTER_BYTES_MAX = 1024

export interface Pointer {
  /** SHA-256 of the content. */
  oid: string
  bytes: number
}

export function readPointer(content: Buffer): Pointer | null {
  if (content.length >= POINTER_BYTES_MAX) return null
  const text = content.toString('utf8')
  if (!/^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/v\d+\n/.test(text)) return null
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1]
  const size = /^size (\d+)$/m.exec(text)?.[1]
  return oid === undefined || size === undefined ? null : { oid, bytes: Number(size) }
}

/** The user's folder of contents: `lfs.storage`, else `lfs` in the git directory. */
async function lfsFolder(repo: Pick<Repository, 'gitDir'>): Promise<string> {
  const args = ['config', '--type=path', '--get', 'lfs.storage']
  const { exit, stdout } = await git(args, { gitDir: repo.gitDir, config: 'user', exits: [0, 1] })
  const storage = exit === 0 ? stdout.trim() : 'lfs'
  return storage.startsWith('/') ? storage : join(repo.gitDir, storage)
}

function objectFile(folder: string, oid: string): string {
  return join(folder, 'objects', oid.slice(0, 2), oid.slice(2, 4), oid)
}

/** Those whose content the user's repository has not, or not in its full length. */
export async function withoutContent(
  repo: Pick<Repository, 'gitDir'>,
  pointers: readonly Pointer[],
): Promise<Set<string>> {
  const missing = new Set<string>()
  if (pointers.length === 0) return missing
  const folder = await lfsFolder(repo)
  for (const { oid, bytes } of pointers) {
    const found = await lstat(objectFile(folder, oid)).catch(() => null)
    // Git stores no object for an empty file, and neither does git-lfs.
    if (bytes > 0 && (!found?.isFile() || found.size !== bytes)) missing.add(oid)
  }
  return missing
}

/** Far above what one attempt makes; beyond it nothing is brought home, and the pointers are refused. */
const CONTENTS_MAX = 10_000

/**
 * Brings contents that an agent's git-lfs has put into its hub into the user's repository, where they are believed only
 * by their SHA-256. Links and pipes are gone from a hub that was put back. Gives how many were new.
 */
export async function bringContents(repo: Pick<Repository, 'gitDir'>, hub: string, bytesMax: number): Promise<number> {
  const from = join(hub, 'lfs', 'objects')
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => [])
  const oids = entries.filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name)).map(({ name }) => name)
  if (oids.length === 0 || oids.length > CONTENTS_MAX) return 0
  const folder = await lfsFolder(repo)
  let [brought, bytes] = [0, 0]
  for (const oid of oids) {
    const source = objectFile(join(hub, 'lfs'), oid)
    const target = objectFile(folder, oid)
    const found = await lstat(source).catch(() => null)
    if (!found?.isFile() || (await lstat(target).catch(() => null)) !== null) continue
    bytes += found.size
    if (bytes > bytesMax) break
    if ((await sha256(source)) !== oid) continue
    await mkdir(dirname(target), { recursive: true })
    const aside = `${target}.sluice-new`
    await copyFile(source, aside)
    if ((await sha256(aside)) === oid) await rename(aside, target)
    else await rm(aside, { force: true })
    brought += 1
  }
  return brought
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
