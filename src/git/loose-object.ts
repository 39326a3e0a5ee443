/**
 * Writing one object without a process for it: as git writes a loose one, a compressed file named by its hash, forced to
 * the disk and put in place by a rename. A landing writes half a dozen, and each git costs four milliseconds.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { effect } from '../process/boundary.ts'
import { fieldsOf } from '../process/files.ts'
import { isRunning } from '../process/table.ts'
import type { ObjectFormat } from './repository.ts'

const GROUP_WRITE = 0o020

/** Not like git's own (`tmp_...`): those are taken by `git gc --prune=now` while they are written. */
const ASIDE = 'sluice_obj_'

/** `git gc` removes empty folders, and now and then the one just made; it does not do so this often in a row. */
const SWEPT_AT_MOST = 20

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
  const path = join(objects, id.slice(0, 2), id.slice(2))
  if (await isThere(path)) return id
  const compressed = await promisify(deflate)(Buffer.concat([head, body]))
  const aside = join(objects, `${ASIDE}${process.pid}_${counter++}`)
  await effect(`write a ${type}`, async () => {
    try {
      await using file = await open(aside, 'wx', 0o444)
      await file.writeFile(compressed)
      await file.sync()
      await putInPlace(aside, path, SWEPT_AT_MOST)
    } catch (error) {
      await rm(aside, { force: true })
      throw error
    }
  })
  return id
}

/** Tried again up to `left` times where a sweep takes the folder. */
async function putInPlace(aside: string, path: string, left: number): Promise<void> {
  try {
    await makeFolder(dirname(path))
    await rename(aside, path)
  } catch (error) {
    if (left === 0 || fieldsOf(error).code !== 'ENOENT') throw error
    await putInPlace(aside, path, left - 1)
  }
}

/** Only the folder itself: what holds it is not made up where a repository has gone. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (fieldsOf(error).code !== 'EEXIST') throw error
  }
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
