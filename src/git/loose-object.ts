/**
 * Writing one object without a process for it: as git writes a loose one, a compressed file named by its hash, forced to
 * the disk and put in place by a rename. A landing writes half a dozen, and each git costs four milliseconds.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { effect } from '../process/boundary.ts'
import { fieldsOf } from '../process/files.ts'
import { isRunning } from '../process/table.ts'
import type { ObjectFormat } from './repository.ts'

const GROUP_WRITE = 0o020

/** `git gc` sweeps what begins like its own, should we never come back after a kill. */
const ASIDE = 'tmp_obj_sluice_'

let counter = 0

/** Whether the folder is one user's alone. What several share (`core.sharedRepository`) has modes that git knows. */
export async function isOwnObjectFolder(objects: string): Promise<boolean> {
  return ((await stat(objects)).mode & GROUP_WRITE) === 0
}

/** Stores an object in `objects` and gives its id; one that is there is kept, and is young again for `git gc`. */
export async function writeLooseObject(
  objects: string,
  format: ObjectFormat,
  type: 'blob' | 'commit',
  content: string | Uint8Array,
): Promise<string> {
  const body = typeof content === 'string' ? Buffer.from(content) : content
  const head = Buffer.from(`${type} ${body.length}\0`)
  const id = createHash(format).update(head).update(body).digest('hex')
  const folder = join(objects, id.slice(0, 2))
  const path = join(folder, id.slice(2))
  if (await isThere(path)) return id
  const compressed = await promisify(deflate)(Buffer.concat([head, body]))
  const aside = join(objects, `${ASIDE}${process.pid}_${counter++}`)
  await effect(`write a ${type}`, async () => {
    await mkdir(folder, { recursive: true })
    try {
      await using file = await open(aside, 'wx', 0o444)
      await file.writeFile(compressed)
      await file.sync()
      await rename(aside, path)
    } catch (error) {
      await rm(aside, { force: true })
      throw error
    }
  })
  return id
}

/** Removes what writers that were killed had begun in `objects`. */
export async function removeHalfWrittenObjects(objects: string): Promise<void> {
  for (const name of await readdir(objects)) {
    const pid = name.startsWith(ASIDE) ? Number.parseInt(name.slice(ASIDE.length), 10) : null
    if (pid !== null && !isRunning(pid)) await rm(join(objects, name), { force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  const now = new Date()
  try {
    await utimes(path, now, now)
    return true
  } catch (error) {
    const { code } = fieldsOf(error)
    // Somebody else's is there too; only its age is theirs to change.
    if (code === 'EPERM' || code === 'EACCES') return true
    if (code === 'ENOENT') return false
    throw error
  }
}
