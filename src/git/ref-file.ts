/**
 * What a ref stands at, told by the files that git keeps refs in: a landing asks some ten times, and a process each is
 * half of what it costs. Only what is certain is answered; whatever else there is (a symbolic ref, tables, a file
 * that is damaged) is for git to tell.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Looking through more than this takes longer than git does. */
const PACKED_BYTES_MAX = 512 * 1024

/**
 * The object of a full ref name (`refs/...`) in the common git directory, null when there is no such ref, undefined where
 * git has to tell. A file of its own has the last word; git writes the packed one before it removes those, so in this
 * order none is missed.
 */
export async function refOnDisk(gitDir: string, ref: string): Promise<string | null | undefined> {
  if (!/^refs\/(heads|sluice|notes|remotes)\/./.test(ref)) return undefined
  const loose = await readFile(join(gitDir, ref), 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof loose === 'string') return idOf(loose)
  return loose.code === 'ENOENT' ? await packed(gitDir, ref) : undefined
}

function idOf(text: string): string | undefined {
  return /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.test(text) ? text.trimEnd() : undefined
}

async function packed(gitDir: string, ref: string): Promise<string | null | undefined> {
  // Tables keep a folder where this one keeps a list, and leave `refs/heads` as a file.
  if ((await stat(join(gitDir, 'refs', 'heads')).catch(() => null))?.isDirectory() !== true) return undefined
  const file = join(gitDir, 'packed-refs')
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) return found.code === 'ENOENT' ? null : undefined
  if (found.size > PACKED_BYTES_MAX) return undefined
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return undefined
  const end = text.indexOf(` ${ref}\n`)
  return end === -1 ? null : idOf(`${text.slice(text.lastIndexOf('\n', end) + 1, end)}\n`)
}
