/**
 * What a ref stands at, told by the files that git keeps refs in: a landing asks some ten times, and a process each is
 * half of what it costs. Only what is certain is answered; whatever else there is (a symbolic ref, tables, a file
 * that is damaged) is for git to tell.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

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

/** More refs than this are listed sooner by git. */
const LISTED_MAX = 100

/** Parts of a name that git takes for certain. */
const PLAIN = /^[\w-]+(\.[\w-]+)*$/

/**
 * Names and objects of every ref below `prefix` (a folder, `refs/heads`) in the common git directory, sorted by name;
 * undefined where git has to tell: also when one of them is packed.
 */
export async function refsOnDisk(
  gitDir: string,
  prefix: string,
): Promise<{ ref: string; object: string }[] | undefined> {
  const root = join(gitDir, prefix)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => error,
  )
  if (entries instanceof Error ? entries.code !== 'ENOENT' : entries.length > LISTED_MAX) return undefined
  const found: { ref: string; object: string }[] = []
  for (const entry of entries instanceof Error ? [] : entries) {
    if (entry.isDirectory() || entry.name.endsWith('.lock')) continue
    if (!entry.isFile() || !PLAIN.test(entry.name)) return undefined
    const path = join(entry.parentPath, entry.name)
    const ref = `${prefix}/${relative(root, path)}`
    const object = await refOnDisk(gitDir, ref)
    if (object === undefined || /^0+$/.test(object ?? '')) return undefined
    if (object !== null) found.push({ ref, object })
  }
  // Asked last, so that none is missed that is packed meanwhile.
  if ((await packed(gitDir, `${prefix}/`)) !== null) return undefined
  return found.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
}

function idOf(text: string): string | undefined {
  return /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.test(text) ? text.trimEnd() : undefined
}

/** The same for a packed ref. Of a folder (with its slash) it is only said that nothing in it is packed. */
async function packed(gitDir: string, ref: string): Promise<string | null | undefined> {
  // Tables keep a folder where this one keeps a list, and leave `refs/heads` as a file.
  if ((await stat(join(gitDir, 'refs', 'heads')).catch(() => null))?.isDirectory() !== true) return undefined
  const file = join(gitDir, 'packed-refs')
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) return found.code === 'ENOENT' ? null : undefined
  if (found.size > PACKED_BYTES_MAX) return undefined
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return undefined
  if (ref.endsWith('/')) return text.includes(` ${ref}`) ? undefined : null
  const end = text.indexOf(` ${ref}\n`)
  return end === -1 ? null : idOf(`${text.slice(text.lastIndexOf('\n', end) + 1, end)}\n`)
}
