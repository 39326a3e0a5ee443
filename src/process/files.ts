/**
 * Files that are either the old text or the new one, whatever happens in between.
 *
 * Writing in place destroys the old text when the disk is full or the process dies; so every small file of ours is
 * written aside, forced to the disk, and renamed.
 */
import { mkdirSync, statSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { effect } from './boundary.ts'

let counter = 0

/**
 * Replaces `path` by `text`: after the promise the new text survives a power cut, before it the old one is whole.
 * The folder must exist. Throws what the file system says (ENOSPC, EROFS ...), with the old file untouched.
 */
export async function writeFileAtomic(path: string, text: string | Uint8Array): Promise<void> {
  await replaceBy(path, text, (file) => file.sync())
  await syncFolder(dirname(path))
}

/**
 * The same for what means nothing after a power cut, a mark of processes for instance: old or new after a kill of ours,
 * without waiting for the disk (a millisecond or two). `mode` says who may read it, before the umask.
 */
export async function replaceFile(path: string, text: string | Uint8Array, mode = 0o666): Promise<void> {
  await replaceBy(path, text, async () => {}, mode)
}

async function replaceBy(
  path: string,
  text: string | Uint8Array,
  force: (file: FileHandle) => Promise<void>,
  mode?: number,
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}.${counter++}.new`)
  try {
    await using file = await open(aside, 'wx', mode)
    await effect('write aside', async () => {
      await file.writeFile(text)
      await force(file)
    })
    await effect(`write ${basename(path)}`, () => rename(aside, path))
  } catch (thrown) {
    await rm(aside, { force: true })
    throw thrown
  }
}

/**
 * Makes a folder and those above it that are missing. One at a time: asked for all at once, Node tries for ever where
 * the system says of a folder that is there that it is not (below /proc). Throws what the file system says.
 */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}

/** Names that both write aside under: the file's own, a process, a number. */
const ASIDE = /^\..+\.\d+\.\d+\.new$/

/** Removes what a killed process was writing in `folder` (not below it). Nobody may be writing there now. */
export async function removeHalfWritten(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (ASIDE.test(name)) await rm(join(folder, name), { force: true })
}

/** The rename itself is an entry of the folder: it is durable only when the folder is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/**
 * The value in a JSON file, as `read` understands it; null when there is no file, when it is not JSON (a power cut
 * can leave an empty one) or when `read` gives null. Other errors (EACCES, EIO) throw: they say nothing about content.
 */
export async function readJsonFile<T>(path: string, read: (value: unknown) => T | null): Promise<T | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (thrown) {
    const { code } = fieldsOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw thrown
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  return read(value)
}

/** The fields of a value that came from outside (JSON, a thrown error), each still to be checked; none if it has none. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return hasFields(value) ? value : {}
}

function hasFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The integer in a field, or null. */
export function integerOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}
